/// A key of the whole installation that the operator can replace, by its name in commands and in the audit log.
package enum InstallationKeyKind: String, CaseIterable, Sendable {
    /// Signs access tokens.
    case signing = "access-tokens"
    /// Makes `medication_id`s.
    case medicationIDs = "medication-ids"
    /// Derives the setup tokens of sandboxes.
    case setupTokens = "setup-tokens"
    /// Chains the entries of the audit log. What it has chained stays as it is: its successor builds on it.
    case audit
    /// Proves that this installation wrote the rows that grant something.
    case authorization
}
