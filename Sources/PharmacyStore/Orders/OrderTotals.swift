internal import PharmacyDomain
internal import Synchronization

/// How many orders tenants had when their list was last counted, so that the next count reads only newer ones.
final class OrderTotals: Sendable {
    struct Total: Hashable, Sendable {
        let epoch: Epoch
        /// The newest row that was counted, 1 or more.
        let newest: Int64
        let count: Int
    }

    private let totals = Mutex(BoundedCache<TenantID, Total>(capacity: StoreLimits.countedTenants))

    subscript(tenant: TenantID) -> Total? { totals.withLock { $0[tenant] } }

    func note(_ total: Total, of tenant: TenantID) { totals.withLock { _ = $0.insert(total, for: tenant) } }
}

extension TenantScope {
    /// Counts the tenant's orders. A tenant's orders are numbered in the order of their commits, and none is removed until all are:
    /// where the newest order of an earlier count is still there, so are all before it.
    func orderTotal() throws -> ListCount { try orderTotal(after: memory.orderTotals[tenantID]) }

    /// - Parameter known: an earlier count; `nil` counts all orders.
    private func orderTotal(after known: OrderTotals.Total?) throws -> ListCount {
        let found = try db.row(
            """
            SELECT (SELECT COUNT(*) FROM orders WHERE tenant_id = $1 AND id > $2),
                (SELECT COUNT(*) FROM orders WHERE tenant_id = $1 AND id = $2),
                (SELECT MAX(id) FROM orders WHERE tenant_id = $1), (SELECT epoch FROM incarnation WHERE id = 1)
            """, [tenantValue, .integer(known?.newest ?? 0)]
        ) { row in
            (
                added: Int(try row.integer(0)), isNewestThere: try row.integer(1) == 1,
                newest: try row.optionalInteger(2), epoch: Epoch(try row.text(3))
            )
        }
        guard let found, let epoch = found.epoch else { throw StoreError.broken("the database has no epoch") }
        if let known, !found.isNewestThere || known.epoch != epoch { return try orderTotal(after: nil) }
        let total = (known?.count ?? 0) + found.added
        if found.added > 0, let newest = found.newest {
            db.afterCommit { [memory, tenantID] in
                memory.orderTotals.note(OrderTotals.Total(epoch: epoch, newest: newest, count: total), of: tenantID)
            }
        }
        return ListCount(total: total, epoch: epoch)
    }
}
