/// The names under which keys of the whole installation are stored.
enum InstallationKeyName {
    static let medicationIDs = "medication-ids"
    /// Keys whose medication ids are refused in requests.
    static let distrustedMedicationIDs = "medication-ids/distrusted"
    static let setupTokens = "setup-tokens"
    /// The newest key signs anchors of the audit log; the others verify older anchors.
    static let auditAnchors = "audit-anchors"
}
