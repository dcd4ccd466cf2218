/// The names of keys that belong to the whole installation.
enum InstallationKeyName {
    static let medicationIDs = "medication-ids"
    /// Keys of medication ids that no request may use any more.
    static let distrustedMedicationIDs = "medication-ids/distrusted"
    static let setupTokens = "setup-tokens"
    /// The last signs anchors of the audit log; those before it have.
    static let auditAnchors = "audit-anchors"
}
