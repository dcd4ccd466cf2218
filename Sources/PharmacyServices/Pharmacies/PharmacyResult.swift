internal import PharmacyDomain

/// The system's response to a patient or an order.
package enum PharmacyResult: Hashable, Sendable {
    case accepted
    /// - Parameter reason: the pharmacy's, without personal data.
    case refused(reason: String)
    /// No response, or none that is understood. May be tried again.
    case unavailable(PharmacySystemFailure)
    /// The system has seen a later claim on the order, of another worker.
    case superseded

    func sync(at now: Timestamp) -> PatientSync {
        switch self {
        case .accepted: .synced(at: now)
        case .refused(let reason): .failed(message: reason)
        case .unavailable, .superseded: .failed(message: "The pharmacy system does not answer.")
        }
    }
}
