/// The result of looking up an idempotency key.
package enum RecordedOutcome: Hashable, Sendable {
    case none
    /// The key was used with another body.
    case otherBody
    /// The outcome of the first request.
    case same([UInt8])
}
