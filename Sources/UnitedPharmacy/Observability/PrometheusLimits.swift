/// The bounds of the registry.
package enum PrometheusLimits {
    /// The most series in total. With about 200 bytes a line (a histogram has 18), the largest page has a few
    /// megabytes.
    package static let series = 2000
    /// The most characters of a label's value. Longer values are cut.
    package static let labelValue = 128
    /// Upper bounds of timers' buckets, in seconds: a millisecond for reads from memory, 10 s for webhook attempts,
    /// a minute for a slow pharmacy.
    package static let seconds = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]
    /// Upper bounds of aggregating recorders' buckets, for counts and sizes of any unit.
    package static let values: [Double] = [
        1, 5, 10, 50, 100, 500, 1000, 5000, 10_000, 50_000, 100_000, 500_000, 1_000_000,
    ]

    static let refusalsName = "metrics_series_dropped_total"
}
