/// The sending of one event to one URL (guide, section 4, Retry Policy).
package struct Delivery: Identified, Hashable, Sendable {
    package enum Status: String, CaseIterable, Sendable {
        /// Due, or waiting for its time or for an earlier event of the same order to the same URL.
        case pending
        case succeeded
        /// All attempts failed; it is kept and can be redelivered.
        case failed
    }

    /// What one attempt came to.
    package struct Attempt: Hashable, Sendable {
        package let at: Timestamp
        package let duration: Duration
        /// The receiver's answer, where there was one.
        package let statusCode: Int?
        /// Why there was none, without the receiver's words; `nil` where it answered.
        package let error: String?
        /// The first bytes of the answer's body, at most `DeliveryPolicy.answerLimit`.
        package let answer: [UInt8]
        /// Whether it counts. One that this server had no means to make (a thread, a connection of its own) does not: the
        /// receiver had no part in it.
        package let counts: Bool

        package init(
            at: Timestamp, duration: Duration, statusCode: Int?, error: String?, answer: [UInt8], counts: Bool = true
        ) {
            self.counts = counts
            self.at = at
            self.duration = duration
            self.statusCode = statusCode
            self.error = error
            self.answer = answer
        }

        package var isSuccess: Bool { statusCode.map { (200..<300).contains($0) } ?? false }
    }
}

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
