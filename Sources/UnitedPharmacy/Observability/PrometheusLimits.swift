/// The bounds of what the registry keeps.
package enum PrometheusLimits {
    /// Series in all. At some 200 bytes a line (a histogram has 18) the largest page stays within a few megabytes.
    package static let series = 2000
    /// Characters of a label's value; what is longer is cut.
    package static let labelValue = 128
    /// Upper bounds of timers' buckets, in seconds: a millisecond for reads from memory, 10 s for a webhook's attempt,
    /// a minute for a slow pharmacy.
    package static let seconds = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]
    /// Upper bounds of aggregating recorders' buckets: counts and sizes, whose unit is not known here.
    package static let values: [Double] = [
        1, 5, 10, 50, 100, 500, 1000, 5000, 10_000, 50_000, 100_000, 500_000, 1_000_000,
    ]

    static let refusalsName = "metrics_series_dropped_total"
}
