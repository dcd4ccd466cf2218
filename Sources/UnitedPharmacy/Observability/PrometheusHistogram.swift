internal import Metrics
import Synchronization

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
