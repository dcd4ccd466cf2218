/// How deliveries to one webhook URL have been going.
package struct EndpointHealth: Hashable, Sendable {
    /// Deliveries in a row that fail for good before a URL counts as failing, all of them within `failingSpan`.
    package static let failingCount = 5
    package static let failingSpan = Duration.hours(24)

    /// The end of the latest attempt that succeeded.
    package private(set) var lastSuccess: Timestamp?
    /// The end of the latest attempt that failed.
    package private(set) var lastFailure: Timestamp?
    /// Why it failed, without the receiver's words.
    package private(set) var lastError: String?
    /// Deliveries that have failed for good since one succeeded.
    package private(set) var failures: Int
    /// When the latest of them did, oldest first, `failingCount` at most.
    package private(set) var recentFailures: [Timestamp]

    /// The health of a URL that nothing was sent to.
    package init() {
        self.init(lastSuccess: nil, lastFailure: nil, lastError: nil, failures: 0, recentFailures: [])
    }

    package init(
        lastSuccess: Timestamp?, lastFailure: Timestamp?, lastError: String?, failures: Int,
        recentFailures: [Timestamp]
    ) {
        self.lastSuccess = lastSuccess
        self.lastFailure = lastFailure
        self.lastError = lastError
        self.failures = failures
        self.recentFailures = recentFailures
    }

    /// Whether the latest deliveries to the URL failed for good, enough of them within a short time. It stays so until
    /// one succeeds.
    package var isFailing: Bool {
        guard recentFailures.count == EndpointHealth.failingCount, let first = recentFailures.first,
            let last = recentFailures.last
        else { return false }
        return last.since(first) <= EndpointHealth.failingSpan
    }

    package mutating func note(_ attempt: Delivery.Attempt, verdict: DeliveryPolicy.Verdict) {
        let end = attempt.at + attempt.duration
        guard verdict != .succeeded else {
            lastSuccess = end
            failures = 0
            recentFailures = []
            return
        }
        lastFailure = end
        lastError = attempt.error ?? attempt.statusCode.map { "answered with status \($0)" }
        guard verdict == .failed else { return }
        failures += 1
        recentFailures = (recentFailures + [end]).suffix(EndpointHealth.failingCount)
    }
}
