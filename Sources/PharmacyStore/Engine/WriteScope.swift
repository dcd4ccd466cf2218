package import PharmacyDomain

/// What a transaction may change, and with it which others may run beside it. The embedded engine runs one at a time
/// whatever they say; on a database server those run beside each other that do not touch.
package enum WriteScope: Hashable, Sendable {
    /// One tenant's records: what the closure has read of them stays true until it is over, but for the claims on orders.
    case tenant(TenantID)
    /// Lines of the audit log and no more.
    case log
    /// Whatever it likes; nothing else runs beside it.
    case everything
    /// Rows that it locks itself, passing over those that are locked (`FOR UPDATE SKIP LOCKED`).
    case claims
    /// Counters, the last changes of which a crash may lose.
    case counters

    var isOfOneTenant: Bool {
        if case .tenant = self { true } else { false }
    }
}
