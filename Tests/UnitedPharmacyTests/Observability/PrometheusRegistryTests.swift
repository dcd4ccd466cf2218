import Metrics
import Testing

@testable import UnitedPharmacy

@Suite("Metrics in Prometheus' text format", .timeLimit(.minutes(3)))
struct PrometheusRegistryTests {
    private let registry = PrometheusRegistry()

    /// The lines of the page without the registry's own counter.
    private func lines(_ registry: PrometheusRegistry? = nil) -> [String] {
        (registry ?? self.registry).text().split(separator: "\n").map(String.init)
            .filter { !$0.contains("metrics_series_dropped_total") }
    }

    @Test("An empty registry contains only the count of dropped metrics, and every line ends with a line feed")
    func empty() {
        #expect(
            registry.text() == """
                # TYPE metrics_series_dropped_total counter
                metrics_series_dropped_total 0

                """)
    }

    @Test("A counter counts, ends in _total, and is the same however often it is created")
    func counter() {
        Counter(label: "webhook.deliveries", dimensions: [("outcome", "ok")], factory: registry).increment()
        Counter(label: "webhook.deliveries", dimensions: [("outcome", "ok")], factory: registry).increment(by: 41)
        Counter(label: "webhook.deliveries", dimensions: [("outcome", "failed")], factory: registry).increment(by: -3)
        Counter(label: "already_total", factory: registry).increment()
        #expect(
            lines() == [
                "# TYPE already_total counter", "already_total 1",
                "# TYPE webhook_deliveries_total counter",
                #"webhook_deliveries_total{outcome="failed"} 0"#,
                #"webhook_deliveries_total{outcome="ok"} 42"#,
            ])
    }

    @Test("A counter that is reset starts again at zero")
    func reset() {
        let counter = Counter(label: "c", factory: registry)
        counter.increment(by: 7)
        counter.reset()
        #expect(lines().last == "c_total 0")
    }

    @Test("A floating-point counter ignores negative and non-finite amounts", arguments: [-1, .nan, .infinity, 0])
    func illegalIncrements(amount: Double) {
        let counter = FloatingPointCounter(label: "cost", factory: registry)
        counter.increment(by: 1.25)
        counter.increment(by: amount)
        #expect(lines().last == "cost_total 1.25")
    }

    @Test("Gauges and meters show the last value with later additions")
    func gauges() {
        Gauge(label: "queue.depth", factory: registry).record(12)
        let meter = Meter(label: "active", factory: registry)
        meter.set(2.5)
        meter.increment(by: 2.0)
        meter.decrement()
        #expect(lines() == ["# TYPE active gauge", "active 3.5", "# TYPE queue_depth gauge", "queue_depth 12"])
    }

    @Test(
        "A value that is not finite is written as Prometheus writes it",
        arguments: [
            (Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (-0.5, "-0.5"), (1e300, "1e+300"),
        ])
    func numbers(value: Double, text: String) {
        Gauge(label: "g", factory: registry).record(value)
        #expect(lines().last == "g \(text)")
    }

    @Test("A timer is a cumulative histogram in seconds whose bounds are inclusive")
    func timer() {
        let timer = Metrics.Timer(label: "http.server.request.duration", dimensions: [("m", "GET")], factory: registry)
        timer.recordMilliseconds(1)
        timer.recordMilliseconds(2)
        timer.recordNanoseconds(-5)
        timer.recordSeconds(61)
        let lines = lines()
        let name = "http_server_request_duration_seconds"
        #expect(lines.first == "# TYPE \(name) histogram")
        #expect(lines.contains("\(name)_bucket{m=\"GET\",le=\"0.001\"} 2"))
        #expect(lines.contains("\(name)_bucket{m=\"GET\",le=\"0.0025\"} 3"))
        #expect(lines.contains("\(name)_bucket{m=\"GET\",le=\"60\"} 3"))
        #expect(
            lines.suffix(3) == [
                "\(name)_bucket{m=\"GET\",le=\"+Inf\"} 4",
                "\(name)_sum{m=\"GET\"} 61.003",
                "\(name)_count{m=\"GET\"} 4",
            ])
        #expect(lines.count == 1 + PrometheusLimits.seconds.count + 3)
    }

    @Test("A recorder that aggregates is a histogram of its values; one that does not is a gauge")
    func recorders() {
        let sizes = Recorder(label: "batch.size", factory: registry)
        sizes.record(10)
        sizes.record(Double.nan)
        Recorder(label: "last", aggregate: false, factory: registry).record(3)
        let lines = lines()
        #expect(lines.contains(#"batch_size_bucket{le="5"} 0"#))
        #expect(lines.contains(#"batch_size_bucket{le="10"} 1"#))
        #expect(lines.contains("batch_size_sum 10"))
        #expect(lines.suffix(2) == ["# TYPE last gauge", "last 3"])
    }

    @Test("Names and labels are converted to valid ones, and values are escaped")
    func sanitising() {
        let dimensions = [("http.route", "a\"b\\c\nd"), ("__own", "1"), ("2nd", "é"), ("http_route", "later")]
        Gauge(label: "1st metric: größe", dimensions: dimensions, factory: registry).record(1)
        #expect(lines().last == #"_1st_metric:_gr__e{_2nd="é",_own="1",http_route="a\"b\\c\nd"} 1"#)
    }

    @Test("A label that histograms reserve is renamed")
    func reservedLabel() {
        Metrics.Timer(label: "t", dimensions: [("le", "x")], factory: registry).recordSeconds(1)
        #expect(lines().last == #"t_seconds_count{exported_le="x"} 1"#)
    }

    @Test("The order of dimensions does not matter, and a long value is cut")
    func labels() {
        Counter(label: "c", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "c", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
        #expect(lines().last == #"c_total{a="1",b="2"} 2"#)
        let long = String(repeating: "x", count: PrometheusLimits.labelValue + 50)
        Gauge(label: "g", dimensions: [("l", long)], factory: registry).record(1)
        #expect(lines().last == #"g{l=""# + long.prefix(PrometheusLimits.labelValue) + #""} 1"#)
    }

    @Test("A name belongs to one kind of metric; another kind is not recorded but counted")
    func clashes() {
        Metrics.Timer(label: "wait", factory: registry).recordSeconds(1)
        let clashing = Gauge(label: "wait_seconds_count", factory: registry)
        clashing.record(9)
        Gauge(label: "c_total", factory: registry).record(5)
        Counter(label: "c", factory: registry).increment()
        Gauge(label: "metrics_series_dropped_total", factory: registry).record(9)
        let text = registry.text()
        #expect(!text.contains(" 9\n"))
        #expect(text.contains("c_total 5\n"))
        #expect(text.hasSuffix("metrics_series_dropped_total 3\n"))
    }

    @Test("Above the limit no new series is recorded, existing ones continue, and freed capacity is reused")
    func limit() {
        let registry = PrometheusRegistry(seriesLimit: 2)
        let first = Counter(label: "c", dimensions: [("n", "1")], factory: registry)
        let second = Metrics.Timer(label: "t", factory: registry)
        second.recordSeconds(1)
        for number in 2...11 { Counter(label: "c", dimensions: [("n", "\(number)")], factory: registry).increment() }
        first.increment()
        #expect(registry.text().contains("c_total{n=\"1\"} 1\n"))
        #expect(!registry.text().contains("n=\"2\""))
        #expect(registry.text().hasSuffix("metrics_series_dropped_total 10\n"))

        second.destroy()
        second.destroy()
        Gauge(label: "t_seconds_sum", factory: registry).record(4)
        Gauge(label: "one.more", factory: registry).record(4)
        #expect(registry.text().contains("t_seconds_sum 4\n"))
        #expect(registry.text().hasSuffix("metrics_series_dropped_total 11\n"))
    }

    @Test("Concurrent increments are all counted")
    func concurrency() async {
        await withDiscardingTaskGroup { group in
            for worker in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        Counter(label: "c", dimensions: [("w", "\(worker % 2)")], factory: registry).increment()
                    }
                }
            }
        }
        #expect(lines().suffix(2) == [#"c_total{w="0"} 4000"#, #"c_total{w="1"} 4000"#])
    }
}
