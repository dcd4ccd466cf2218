/// The sending of one event to one URL (guide, section 4, Retry Policy).
package struct Delivery: TypedIdentifier, Hashable, Sendable {
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
