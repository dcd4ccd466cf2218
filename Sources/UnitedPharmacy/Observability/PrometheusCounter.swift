internal import Metrics
import Synchronization

/// A number that only grows. Prometheus' numbers are doubles, so one type covers whole and fractional counters.
final class PrometheusCounter: PrometheusSeries, CounterHandler, FloatingPointCounterHandler {
    let id: PrometheusSeriesID
    private let value = Mutex(0.0)

    init(_ id: PrometheusSeriesID) { self.id = id }

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    /// Ignores negative amounts and amounts that are not finite.
    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        value.withLock { $0 += amount }
    }

    func reset() { value.withLock { $0 = 0 } }

    func write(to page: inout PrometheusPage) {
        page.sample(id.exposedName, labels: id.labels, value: value.withLock { $0 })
    }
}
