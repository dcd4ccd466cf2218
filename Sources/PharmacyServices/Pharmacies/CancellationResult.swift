/// The system's answer to a wish to cancel.
package enum CancellationResult: Hashable, Sendable {
    case agreed
    /// The pharmacy has gone too far with it.
    case tooLate
    case unavailable(PharmacySystemFailure)
}
