/// The guide's and the contract's numbers for webhooks.
package struct DeliveryPolicy: Hashable, Sendable {
    /// Retries after the first attempt.
    package static let retries = 3
    package static let timeout = Duration.seconds(10)
    package static let answerLimit = 1024
    /// When a delivery is tried again that this server had no means to make: soon, and late enough for a burst to pass.
    package static let deferral = Duration.seconds(5)

    package let retryDelay: Duration

    package init(retryDelay: Duration = .seconds(60)) {
        self.retryDelay = retryDelay
    }

    package enum Verdict: Hashable, Sendable {
        case succeeded
        case retry(at: Timestamp)
        case failed
        /// No attempt was made, none is counted, and the delivery is due again then.
        case deferred(until: Timestamp)
    }

    /// What follows an attempt.
    /// - Parameter attempts: how many there have been in this round, this one among them.
    package func verdict(on attempt: Delivery.Attempt, attempts: Int) -> Verdict {
        if attempt.isSuccess { return .succeeded }
        guard attempt.counts else { return .deferred(until: attempt.at + attempt.duration + DeliveryPolicy.deferral) }
        guard attempts <= DeliveryPolicy.retries else { return .failed }
        return .retry(at: attempt.at + attempt.duration + retryDelay)
    }
}
