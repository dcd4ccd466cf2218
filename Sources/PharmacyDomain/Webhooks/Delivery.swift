/// The delivery of one event to one URL (guide, section 4, Retry Policy). `DeliveryState` describes its life.
package struct Delivery: Hashable, Sendable {
    /// What partners see of a `DeliveryState`.
    package enum Status: String, CaseIterable, Sendable {
        /// Due, or waiting for its time or for an earlier event of the same order to the same URL.
        case pending
        case succeeded
        /// All attempts failed. The delivery is retained and can be redelivered.
        case failed
    }

    /// One attempt and its result.
    package struct Attempt: Hashable, Sendable {
        package let at: Timestamp
        package let duration: Duration
        /// Of the receiver's response; `nil` where there was none.
        package let statusCode: Int?
        /// Why there was no response, without text of the receiver; `nil` where there was one.
        package let error: String?
        /// The first bytes of the response's body, at most `DeliveryPolicy.responseLimit`.
        package let response: [UInt8]
        /// Whether the attempt counts. One for which this server had no resources, such as a thread or a connection, does not:
        /// the receiver had no part in it.
        package let counts: Bool

        package init(
            at: Timestamp, duration: Duration, statusCode: Int?, error: String?, response: [UInt8], counts: Bool = true
        ) {
            self.counts = counts
            self.at = at
            self.duration = duration
            self.statusCode = statusCode
            self.error = error
            self.response = response
        }

        package var isSuccess: Bool { statusCode.map { (200..<300).contains($0) } ?? false }
    }
}
