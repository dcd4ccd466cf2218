/// A key of the whole installation that the operator can rotate, by its name in commands and in the audit log.
package enum InstallationKeyKind: String, CaseIterable, Sendable {
    /// Signs access tokens.
    case signing = "access-tokens"
    /// Creates `medication_id`s.
    case medicationIDs = "medication-ids"
    /// Derives the setup tokens of sandboxes.
    case setupTokens = "setup-tokens"
    /// Authenticates the entries of the audit log. Existing entries stay under the old key.
    case audit
    /// Authenticates rows that grant access (`GrantProofs`).
    case authorization
}
