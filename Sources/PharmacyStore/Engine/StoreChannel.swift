/// What a committed transaction may have left to do for a background service.
package enum StoreChannel: String, Hashable, CaseIterable, Sendable {
    case dispatch
    /// An order is to be asked about again at once.
    case reconciliation
    case deliveries
    case simulation
    /// A tenant is to be erased.
    case erasures
    /// A tenant was made, changed, wiped or removed.
    case tenants
    /// A credential or a token was revoked.
    case revocations
    /// The database has begun a new epoch: memory may be ahead of it.
    case incarnation
}
