/// The system's response to a request to cancel an order.
package enum CancellationResult: Hashable, Sendable {
    case agreed
    /// The pharmacy is too far with the order to cancel it.
    case tooLate
    case unavailable(PharmacySystemFailure)
}
