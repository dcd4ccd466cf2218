internal import PharmacyDomain

/// The system's answer to something it was told.
package enum PharmacyResult: Hashable, Sendable {
    case accepted
    /// - Parameter reason: the pharmacy's, without personal data.
    case refused(reason: String)
    /// It did not answer; may be tried again.
    case unavailable(PharmacySystemFailure)
    /// A later claim on the order has been there already: it is another worker's.
    case superseded

    func sync(at now: Timestamp) -> PatientSync {
        switch self {
        case .accepted: .synced(at: now)
        case .refused(let reason): .failed(message: reason)
        case .unavailable, .superseded: .failed(message: "The pharmacy system does not answer.")
        }
    }
}
