/// The system's response to a request to change an order.
package enum AmendmentResult: Hashable, Sendable {
    case agreed
    /// The pharmacy has begun to prepare the order, or does not have it.
    case tooLate
    case unavailable(PharmacySystemFailure)
}
