import Metrics
import Synchronization

/// What a family of series measures.
enum PrometheusKind: Hashable {
    case counter
    case gauge
    case timer
    case distribution

    var exposedType: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .timer, .distribution: "histogram"
        }
    }

    /// The end that a name of this kind has by Prometheus' conventions.
    var suffix: String {
        switch self {
        case .counter: "_total"
        case .timer: "_seconds"
        case .gauge, .distribution: ""
        }
    }

    /// Labels that the format uses itself.
    var reservedLabels: Set<String> {
        switch self {
        case .counter, .gauge: []
        case .timer, .distribution: ["le"]
        }
    }

    /// Every name that stands at the start of a line of the family.
    func sampleNames(of name: String) -> Set<String> {
        switch self {
        case .counter, .gauge: [name]
        case .timer, .distribution: [name, name + "_bucket", name + "_sum", name + "_count"]
        }
    }
}

struct PrometheusSeriesID: Hashable, Sendable {
    /// What stands before every name of the registry.
    let prefix: String
    let name: String
    /// Rendered: `method="GET",status="200"`, or empty.
    let labels: String

    /// As it stands on the page.
    var exposedName: String { prefix + name }
}

/// The numbers behind one name and one set of labels.
protocol PrometheusSeries: AnyObject, Sendable {
    var id: PrometheusSeriesID { get }
    func write(to page: inout PrometheusPage)
}

/// A number that only grows. Prometheus' numbers are doubles, so one serves whole and fractional counters.
final class PrometheusCounter: PrometheusSeries, CounterHandler, FloatingPointCounterHandler {
    let id: PrometheusSeriesID
    private let value = Mutex(0.0)

    init(_ id: PrometheusSeriesID) { self.id = id }

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    /// Ignores what would make a counter fall or stop being a number.
    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        value.withLock { $0 += amount }
    }

    func reset() { value.withLock { $0 = 0 } }

    func write(to page: inout PrometheusPage) {
        page.sample(id.exposedName, labels: id.labels, value: value.withLock { $0 })
    }
}

/// A number that goes up and down.
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

/// How often a value fell into each bucket.
final class PrometheusHistogram: PrometheusSeries, TimerHandler, RecorderHandler {
    private struct Cells {
        /// One for each bound and one for what is above the last; not cumulative.
        var counts: [Int]
        var sum = 0.0
    }

    let id: PrometheusSeriesID
    private let bounds: [Double]
    private let cells: Mutex<Cells>

    /// - Parameter bounds: inclusive upper bounds, rising.
    init(_ id: PrometheusSeriesID, bounds: [Double]) {
        self.id = id
        self.bounds = bounds
        self.cells = Mutex(Cells(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// A clock that was set back must not make the sum fall, so a negative duration counts as none.
    func recordNanoseconds(_ duration: Int64) { record(Double(max(0, duration)) / 1_000_000_000) }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        cells.withLock {
            $0.counts[bucket] += 1
            $0.sum += value
        }
    }

    func write(to page: inout PrometheusPage) {
        let cells = cells.withLock { $0 }
        let prefix = id.labels.isEmpty ? "" : id.labels + ","
        var total = 0
        for (bound, count) in zip(bounds + [.infinity], cells.counts) {
            total += count
            let labels = "\(prefix)le=\"\(PrometheusPage.number(bound))\""
            page.sample(id.exposedName + "_bucket", labels: labels, value: Double(total))
        }
        page.sample(id.exposedName + "_sum", labels: id.labels, value: cells.sum)
        page.sample(id.exposedName + "_count", labels: id.labels, value: Double(total))
    }
}
