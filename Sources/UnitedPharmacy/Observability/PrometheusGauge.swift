internal import Metrics
import Synchronization

/// A number that can rise and fall.
final class PrometheusGauge: PrometheusSeries, MeterHandler, RecorderHandler {
    let id: PrometheusSeriesID
    private let value = Mutex(0.0)

    init(_ id: PrometheusSeriesID) { self.id = id }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }

    func write(to page: inout PrometheusPage) {
        page.sample(id.exposedName, labels: id.labels, value: value.withLock { $0 })
    }
}
