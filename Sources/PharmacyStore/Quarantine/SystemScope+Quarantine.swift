package import PharmacyDomain

/// Quarantined items. They need no tenant's key, so that a tenant whose key does not open can be recorded too. The caller that
/// records a failure holds the tenant's lock (`WriteScope.tenant`).
extension SystemScope {
    private static let itemColumns: SQL = """
        SELECT q.id, t.uuid, q.work, q.item, q.reason, q.tries, q.first_failed_at, q.last_failed_at, q.next_try_at
        FROM quarantined_items q JOIN tenants t ON t.id = q.tenant_id
        """

    /// The items that background work fails on, oldest first.
    /// - Parameters:
    ///   - tenant: only this tenant's; `nil`: all tenants'.
    ///   - after: the last item of the previous page.
    package func quarantinedItems(
        of tenant: TenantID? = nil, after: Int64 = 0, limit: Int
    ) throws -> [QuarantinedItem] {
        let binds: [SQLValue] = [SQLValue(limit), .integer(after)]
        guard let tenant else {
            return try items(SystemScope.itemColumns + "WHERE q.id > $2 ORDER BY q.id LIMIT $1", binds)
        }
        return try items(
            SystemScope.itemColumns + "WHERE q.id > $2 AND t.uuid = $3 ORDER BY q.id LIMIT $1",
            binds + [.text(tenant.description)])
    }

    package func quarantinedItem(_ id: Int64) throws -> QuarantinedItem? {
        try items(SystemScope.itemColumns + "WHERE q.id = $1", [.integer(id)]).first
    }

    package func quarantinedItem(_ key: QuarantinedItem.Key) throws -> QuarantinedItem? {
        try items(
            SystemScope.itemColumns + "WHERE t.uuid = $1 AND q.work = $2 AND q.item = $3",
            [.text(key.tenant.description), .text(key.work.rawValue), .text(key.item)]
        ).first
    }

    /// The number of items by kind of work. Kinds without items are left out.
    package func quarantineCounts() throws -> [QuarantinedItem.Work: Int] {
        let counts = try db.rows("SELECT work, COUNT(*) FROM quarantined_items GROUP BY work", []) {
            (try $0.text(0), Int(try $0.integer(1)))
        }
        return Dictionary(
            counts.compactMap { work, count in QuarantinedItem.Work(rawValue: work).map { ($0, count) } },
            uniquingKeysWith: +)
    }

    private func items(_ sql: SQL, _ binds: [SQLValue]) throws -> [QuarantinedItem] {
        try db.rows(sql, binds) { row -> QuarantinedItem? in
            // Another version wrote the row.
            guard let tenant = TenantID(try row.text(1)), let work = QuarantinedItem.Work(rawValue: try row.text(2)),
                let reason = QuarantinedItem.Reason(rawValue: try row.text(4))
            else { return nil }
            return QuarantinedItem(
                id: try row.integer(0), key: QuarantinedItem.Key(work, try row.text(3), of: tenant), reason: reason,
                tries: Int(try row.integer(5)), firstFailedAt: try row.timestamp(6),
                lastFailedAt: try row.timestamp(7), nextTryAt: try row.optionalTimestamp(8))
        }.compactMap(\.self)
    }

    // MARK: Recording

    /// Records a failure of an item, and postpones the item until its next try.
    /// - Returns: the recorded item; `nil` where nothing was recorded, because the claim was lost or the tenant was deleted.
    package func recordFailure(_ failure: ItemFailure, at now: Timestamp) throws -> QuarantinedItem? {
        guard let tenant = try tenantRow(failure.key.tenant) else { return nil }
        let tries = (try quarantinedItem(failure.key)?.tries ?? 0) + 1
        let next = QuarantinePolicy.nextTry(of: failure.key.work, after: tries, at: now)
        guard try postpone(failure.key, of: tenant, claim: failure.claim, until: next) else { return nil }
        try insert(failure, of: tenant, tries: tries, at: now, next: next)
        return try quarantinedItem(failure.key)
    }

    /// Records that a tenant's key does not open, and postpones the item that showed it.
    /// - Parameter recheck: when that item is tried again if the tenant waits for an operator.
    /// - Returns: the tenant's item; `nil` where the tenant was deleted.
    package func recordTenantFailure(
        _ failure: ItemFailure, recheck: Timestamp, at now: Timestamp
    ) throws -> QuarantinedItem? {
        guard let tenant = try tenantRow(failure.key.tenant) else { return nil }
        let key = QuarantinedItem.Key(.tenant, of: failure.key.tenant)
        let known = try quarantinedItem(key)
        // Many items of the tenant may fail together: that counts as one try of the tenant.
        if let known, known.isHeld(at: now) {
            _ = try postpone(failure.key, of: tenant, claim: failure.claim, until: known.nextTryAt ?? recheck)
            return known
        }
        let tries = (known?.tries ?? 0) + 1
        let next = QuarantinePolicy.nextTry(of: .tenant, after: tries, at: now)
        try insert(ItemFailure(key, failure.reason), of: tenant, tries: tries, at: now, next: next)
        _ = try postpone(failure.key, of: tenant, claim: failure.claim, until: next ?? recheck)
        return try quarantinedItem(key)
    }

    private func insert(
        _ failure: ItemFailure, of tenant: Int64, tries: Int, at now: Timestamp, next: Timestamp?
    ) throws {
        try db.send(
            """
            INSERT INTO quarantined_items (tenant_id, work, item, reason, tries, first_failed_at, last_failed_at,
                next_try_at)
            VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
            ON CONFLICT (tenant_id, work, item) DO UPDATE SET reason = excluded.reason, tries = excluded.tries,
                last_failed_at = excluded.last_failed_at, next_try_at = excluded.next_try_at
            """,
            [
                .integer(tenant), .text(failure.key.work.rawValue), .text(failure.key.item),
                .text(failure.reason.rawValue), SQLValue(tries), .integer(now.milliseconds),
                SQLValue(next?.milliseconds),
            ])
    }

    /// Removes an item.
    /// - Returns: whether it was recorded.
    package func clearQuarantine(_ key: QuarantinedItem.Key) throws -> Bool {
        guard let tenant = try tenantRow(key.tenant) else { return false }
        return try db.run(
            "DELETE FROM quarantined_items WHERE tenant_id = $1 AND work = $2 AND item = $3",
            [.integer(tenant), .text(key.work.rawValue), .text(key.item)]) > 0
    }

    /// Removes items whose next try was due long ago: they did not fail again, or were deleted. Records that have to be re-encrypted
    /// stay, because the previous data key is retained for them.
    package func pruneQuarantine(triedBefore moment: Timestamp) throws {
        try db.send(
            "DELETE FROM quarantined_items WHERE next_try_at < $1 AND work <> $2",
            [.integer(moment.milliseconds), .text(QuarantinedItem.Work.reencryption.rawValue)])
    }

    // MARK: Retrying

    /// Makes an item due now, with its tries set back to 0. A success removes it.
    ///
    /// The item of a delivery is removed: the caller restarts the delivery (`restartFailedDelivery`).
    package func retryQuarantined(_ item: QuarantinedItem, at now: Timestamp) throws {
        guard let tenant = try tenantRow(item.key.tenant) else { return }
        switch item.key.work {
        case .dispatch:
            // An order whose dispatch has ended, such as one that was canceled meanwhile, stays out of the queue.
            try makeDue(
                "UPDATE orders SET dispatch_at = $3 WHERE tenant_id = $1 AND uuid = $2",
                "AND (dispatch_at IS NULL OR dispatch_at = $4) AND NOT dispatch_state IN \(DispatchState.final)", item,
                of: tenant, at: now)
            db.notify(.dispatch)
        case .reconciliation:
            try makeDue(
                "UPDATE orders SET reconcile_at = $3 WHERE tenant_id = $1 AND uuid = $2",
                "AND (reconcile_at IS NULL OR reconcile_at = $4)", item, of: tenant, at: now)
            db.notify(.reconciliation)
        case .simulation:
            try makeDue(
                """
                UPDATE simulated_prescriptions SET due_at = $3 WHERE tenant_id = $1
                    AND order_id = (SELECT id FROM orders WHERE tenant_id = $1 AND uuid = $2)
                """, "AND (due_at IS NULL OR due_at = $4)", item, of: tenant, at: now)
            db.notify(.simulation)
        case .delivery:
            // An ordinary delivery from here on: a failure is recorded as a new item.
            try redeliverFailed(item.key.item, of: tenant, at: now)
            return try db.send("DELETE FROM quarantined_items WHERE id = $1", [.integer(item.id)])
        case .tenant: for channel in StoreChannel.allCases { db.notify(channel) }
        case .endpoint, .webhookSecret: db.notify(.deliveries)
        case .reencryption: db.notify(.tenants)
        }
        try db.send(
            "UPDATE quarantined_items SET tries = 0, next_try_at = $2 WHERE id = $1",
            [.integer(item.id), .integer(now.milliseconds)])
    }

    /// Makes a postponed row due. A row that another process has claimed or finished meanwhile stays unchanged.
    private func makeDue(
        _ change: SQL, _ condition: SQL, _ item: QuarantinedItem, of tenant: Int64, at now: Timestamp
    ) throws {
        try db.send(
            change + condition,
            [
                .integer(tenant), .text(item.key.item), .integer(now.milliseconds),
                SQLValue(item.nextTryAt?.milliseconds),
            ])
    }

    private static let postponedDispatch: SQL = """
        UPDATE orders SET dispatch_at = $4,
            dispatch_state = \(SQL.transition(of: "dispatch_state", unknown: DispatchState.uncertain) { $0.interrupted() })
        WHERE tenant_id = $1 AND uuid = $2 AND dispatch_at = $3
        """

    // MARK: Rows

    func tenantRow(_ tenant: TenantID) throws -> Int64? {
        try db.row("SELECT id FROM tenants WHERE uuid = $1", [.text(tenant.description)]) { try $0.integer(0) }
    }

    /// Postpones an item that was claimed in its row.
    /// - Parameter moment: `nil`: until an operator retries it.
    /// - Returns: whether the claim was still valid.
    private func postpone(
        _ key: QuarantinedItem.Key, of tenant: Int64, claim: Timestamp?, until moment: Timestamp?
    ) throws -> Bool {
        guard let claim else { return true }
        let change: SQL
        switch key.work {
        case .dispatch:
            // The failure was on this side, and may have come after the pharmacy had the order.
            change = SystemScope.postponedDispatch
        case .reconciliation:
            change = "UPDATE orders SET reconcile_at = $4 WHERE tenant_id = $1 AND uuid = $2 AND reconcile_at = $3"
        case .simulation:
            change = """
                UPDATE simulated_prescriptions SET due_at = $4 WHERE tenant_id = $1
                    AND order_id = (SELECT id FROM orders WHERE tenant_id = $1 AND uuid = $2) AND due_at = $3
                """
        case .tenant, .delivery, .endpoint, .webhookSecret, .reencryption: return true
        }
        return try db.run(
            change,
            [
                .integer(tenant), .text(key.item), .integer(claim.milliseconds), SQLValue(moment?.milliseconds),
            ]) > 0
    }
}
