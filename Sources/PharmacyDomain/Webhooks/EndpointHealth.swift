/// The results of deliveries to one webhook URL.
package struct EndpointHealth: Hashable, Sendable {
    /// The number of consecutive deliveries that must fail, all of them within `failingSpan`, before a URL counts as failing.
    package static let failingCount = 5
    package static let failingSpan = Duration.hours(24)

    /// The end of the latest attempt that succeeded.
    package private(set) var lastSuccess: Timestamp?
    /// The end of the latest attempt that failed.
    package private(set) var lastFailure: Timestamp?
    /// Why it failed, without text of the receiver.
    package private(set) var lastError: String?
    /// Deliveries that have failed since one succeeded.
    package private(set) var failures: Int
    /// When the latest of them failed, oldest first, at most `failingCount`.
    package private(set) var recentFailures: [Timestamp]

    /// The health of a URL to which nothing was sent.
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

    /// Whether the latest `failingCount` deliveries to the URL failed within `failingSpan`. It stays failing until one succeeds.
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
