/// The system's response to a request to cancel an order, or to change it.
package enum PharmacyConsent: Hashable, Sendable {
    case agreed
    /// The pharmacy is too far with the order. A change also comes too late for a pharmacy that does not have the order.
    case tooLate
    case unavailable(PharmacySystemFailure)
}
