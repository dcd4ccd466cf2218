/// Retries, timeouts and limits of webhooks (guide, section 5, Retry Policy; contract, Webhooks).
package struct DeliveryPolicy: Hashable, Sendable {
    /// Retries after the first attempt.
    package static let retries = 3
    /// Of a whole attempt.
    package static let timeout = Duration.seconds(10)
    /// The most bytes of a response's body that are stored.
    package static let responseLimit = 1024
    /// How long a delivery waits for which this server had no resources: short, but long enough for a burst to pass.
    package static let deferral = Duration.seconds(5)

    package let retryDelay: Duration

    package init(retryDelay: Duration = .seconds(60)) {
        self.retryDelay = retryDelay
    }

    package enum Verdict: Hashable, Sendable {
        case succeeded
        case retry(at: Timestamp)
        case failed
        /// No attempt was made and none is counted. The delivery is due again at that time.
        case deferred(until: Timestamp)
    }

    /// What follows an attempt.
    /// - Parameter attempts: the number of attempts since the delivery was made or redelivered, including this one.
    package func verdict(on attempt: Delivery.Attempt, attempts: Int) -> Verdict {
        if attempt.isSuccess { return .succeeded }
        guard attempt.counts else { return .deferred(until: attempt.at + attempt.duration + DeliveryPolicy.deferral) }
        guard attempts <= DeliveryPolicy.retries else { return .failed }
        return .retry(at: attempt.at + attempt.duration + retryDelay)
    }
}
