/// The kinds of work that a committed transaction may create for background services.
package enum StoreChannel: String, Hashable, CaseIterable, Sendable {
    case dispatch
    /// The pharmacy is to be queried about an order at once.
    case reconciliation
    case deliveries
    case simulation
    /// A tenant is to be erased.
    case erasures
    /// A tenant was created, changed, wiped or removed.
    case tenants
    /// A credential or a token was revoked.
    case revocations
    /// The database has begun a new epoch: process memory may be ahead of it.
    case incarnation
}
