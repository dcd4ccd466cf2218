package import PharmacyDomain

/// What a transaction may change, and therefore which other transactions may run concurrently. The embedded engine runs one
/// transaction at a time regardless; a database server runs transactions of different scopes concurrently.
package enum WriteScope: Hashable, Sendable {
    /// One tenant's records. What the closure has read of them stays unchanged until its end, except for the claims on orders.
    case tenant(TenantID)
    /// Only entries of the audit log.
    case log
    /// Everything: no other transaction runs concurrently.
    case everything
    /// Rows that the transaction locks itself, skipping those that others have locked (`FOR UPDATE SKIP LOCKED`).
    case claims
    /// Counters, whose last changes a crash may lose.
    case counters

    var isOfOneTenant: Bool {
        if case .tenant = self { true } else { false }
    }
}
