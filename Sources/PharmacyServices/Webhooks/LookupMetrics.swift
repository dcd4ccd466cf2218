internal import Metrics
internal import PharmacyDomain

/// Metrics of look-ups of webhook receivers' names. No label names a host or a tenant.
enum LookupMetrics {
    private static let inProgress = Gauge(label: "webhook_lookups_in_progress")
    private static let waiting = Gauge(label: "webhook_lookups_waiting")
    private static let waited = Counter(label: "webhook_lookups_waited_total")
    private static let found = counter("found")
    private static let notFound = counter("not_found")
    private static let timedOut = counter("timed_out")
    private static let stuck = counter("stuck")
    private static let refused = counter("refused")

    private static func counter(_ outcome: String) -> Counter {
        Counter(label: "webhook_lookups_total", dimensions: [("outcome", outcome)])
    }

    /// - Parameter before: how many names waited before the latest caller came.
    static func record(_ queue: borrowing LookupQueue, waitingBefore before: Int? = nil) {
        if let before, queue.waitingCount > before { waited.increment() }
        inProgress.record(queue.inProgress)
        waiting.record(queue.waitingCount)
    }

    /// Counts the callers of a look-up that has ended. One that failed for lack of memory or descriptors counts as refused.
    static func count(_ result: Result<[IPAddress], NameLookupFailure>, callers: Int) {
        switch result {
        case .success(let addresses): (addresses.isEmpty ? notFound : found).increment(by: callers)
        case .failure: refused.increment(by: callers)
        }
    }

    /// Counts a caller without a result.
    /// - Parameter isRefusal: whether it did not wait at all.
    static func count(_ failure: any Error, isRefusal: Bool) {
        switch failure as? NameLookupFailure {
        case .timedOut: (isRefusal ? stuck : timedOut).increment()
        case .noRoom: refused.increment()
        case nil: break
        }
    }
}
