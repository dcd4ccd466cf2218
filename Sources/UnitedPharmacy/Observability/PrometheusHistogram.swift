internal import Metrics
import Synchronization

/// Counts of values in each bucket, and their sum.
final class PrometheusHistogram: PrometheusSeries, TimerHandler, RecorderHandler {
    private struct Cells {
        /// One count for each bound and one for values above the last, not cumulative.
        var counts: [Int]
        var sum = 0.0
    }

    let id: PrometheusSeriesID
    private let bounds: [Double]
    private let cells: Mutex<Cells>

    /// - Parameter bounds: inclusive upper bounds in ascending order.
    init(_ id: PrometheusSeriesID, bounds: [Double]) {
        self.id = id
        self.bounds = bounds
        self.cells = Mutex(Cells(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// Counts a negative duration, as after a clock was set back, as zero: the sum must not fall.
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
