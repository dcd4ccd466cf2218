/// Whether the pharmacy system (Impetus) knows the patient as the partner does.
package enum PatientSync: Hashable, Sendable {
    case pending
    case synced(at: Timestamp)
    /// - Parameter message: why, without personal data.
    case failed(message: String)
}
