internal import PharmacyDomain

/// The memory of a store for its transactions: opened keys, indexes, and what it knows of the database's own state.
///
/// A class, because each scope refers to it: a copy of its parts for each transaction would cost every request.
final class StoreMemory: Sendable {
    let keyring: Keyring
    let patientIndexes = PatientIndexes()
    let orderTotals = OrderTotals()
    let erasures = PendingErasures()
    let auditKeys: AuditChainKeys
    let appendedAuditEntries: AppendedAuditEntries
    let proofs: GrantProofKeys
    /// Rows of authorization data that were found altered.
    let unproven = UnprovenGrants()
    let incarnations: Incarnations
    /// How stored resources are rendered for the API.
    let renderings: Renderings
    /// Whether this process alone serves the database.
    let isExclusive: Bool

    init(
        keyring: Keyring, auditKeys: AuditChainKeys, appendedAuditEntries: AppendedAuditEntries, proofs: GrantProofKeys,
        incarnations: Incarnations, renderings: Renderings, isExclusive: Bool
    ) {
        self.keyring = keyring
        self.auditKeys = auditKeys
        self.appendedAuditEntries = appendedAuditEntries
        self.proofs = proofs
        self.incarnations = incarnations
        self.renderings = renderings
        self.isExclusive = isExclusive
    }
}
