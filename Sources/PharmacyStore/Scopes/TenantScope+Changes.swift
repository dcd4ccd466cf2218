package import PharmacyDomain

extension TenantScope {
    /// The time of a change of a patient or an order. The order of these times is the order of the changes, so that a partner who
    /// queries the changes since the newest time that they received misses nothing.
    ///
    /// To be called within `Store.write`, whose lock excludes other changes of the tenant until this one is committed.
    /// - Parameter now: the time of this node's clock. It may have been read before the transaction waited for its turn, and the
    ///   clock may be behind that of another node.
    /// - Returns: `now`, or the time of the tenant's newest change where that is later. Times of one tenant may be equal;
    ///   numbers of changes are not.
    package func stamp(at now: Timestamp) throws -> Timestamp {
        let newest = try changes.newest ?? newestChange()
        let stamp = max(now, newest)
        changes.newest = stamp
        return stamp
    }

    /// Checks that a change has a time from `stamp(at:)`: without it a list of changes could miss the change.
    func checkStamp(_ moment: Timestamp) throws {
        guard let newest = changes.newest, moment >= newest else {
            throw StoreError.broken("a change carries a time before an earlier change's")
        }
        changes.newest = moment
    }

    private func newestChange() throws -> Timestamp {
        let found = try db.row("SELECT" + TenantScope.newestChangeColumns + "FROM tenants WHERE id = $1", [tenantValue])
        {
            try TenantScope.readNewestChange($0, from: 0)
        }
        guard let found else { throw StoreError.noSuchTenant }
        return found
    }

    /// The columns of a tenant's row that `readNewestChange` reads. Patients whose number is not above the floor have no
    /// later time than `last_change_at`.
    static let newestChangeColumns: SQL = """
        last_change_at,
        (SELECT p.updated_at FROM patients p
            WHERE p.tenant_id = tenants.id AND p.change_sequence > tenants.patient_change_floor
            ORDER BY p.change_sequence DESC LIMIT 1),
        (SELECT o.updated_at FROM orders o
            WHERE o.tenant_id = tenants.id AND o.updated_at > tenants.last_change_at ORDER BY o.updated_at DESC LIMIT 1)
        """

    static func readNewestChange(_ row: any SQLRow, from column: Int) throws -> Timestamp {
        let (floor, patients, orders) = (
            try row.timestamp(column), try row.optionalTimestamp(column + 1), try row.optionalTimestamp(column + 2)
        )
        return [floor, patients, orders].compactMap(\.self).reduce(floor, max)
    }

    // MARK: Numbers

    // The numbers of a tenant's changes ascend in the order of their commits, because a transaction that takes the next number
    // holds the tenant's lock until its end. `$1` is the tenant's row in each of these.
    //
    // Rows below a floor are never read: after a wipe during an open snapshot they are still in the index, and each write would
    // read all of them.

    /// The number of the newest change of the tenant's patients.
    static let newestPatientChange: SQL = """
        (SELECT COALESCE((
            SELECT c.change_sequence FROM patients c
            WHERE c.tenant_id = t.id AND c.change_sequence > t.patient_change_floor
            ORDER BY c.change_sequence DESC LIMIT 1), t.patient_change_floor) FROM tenants t WHERE t.id = $1)
        """

    /// The number of the newest change of the tenant's orders.
    static let newestOrderChange: SQL = """
        (SELECT COALESCE((
            SELECT c.change_sequence FROM orders c
            WHERE c.tenant_id = t.id AND c.change_sequence > 0 AND c.change_sequence > t.order_change_floor
            ORDER BY c.change_sequence DESC LIMIT 1), t.order_change_floor) FROM tenants t WHERE t.id = $1)
        """

    /// The position of the tenant's newest event; 0 before the first.
    static let newestEvent: SQL = """
        (SELECT COALESCE((
            SELECT e.tenant_sequence FROM order_events e
            WHERE e.tenant_id = t.id AND e.tenant_sequence > t.event_floor
            ORDER BY e.tenant_sequence DESC LIMIT 1), t.event_floor) FROM tenants t WHERE t.id = $1)
        """

    /// The number of the tenant's patients that are not deleted, which is on the row of the newest change. Removing rows of deleted
    /// patients must not remove that row.
    static let livePatients: SQL = """
        COALESCE((
            SELECT c.live_count FROM patients c
            WHERE c.tenant_id = $1
                AND c.change_sequence >= (SELECT t.patient_change_floor FROM tenants t WHERE t.id = $1)
            ORDER BY c.change_sequence DESC LIMIT 1), 0)
        """

    /// Stores the newest numbers and the newest time on the tenant's row before all rows that have them are removed. The number of
    /// patients' changes is increased by one, because the removal is a change.
    func raiseFloors(at now: Timestamp) throws {
        try db.send(
            "UPDATE tenants SET last_change_at = $2, patient_change_floor =" + TenantScope.newestPatientChange
                + "+ 1, order_change_floor =" + TenantScope.newestOrderChange + ", event_floor ="
                + TenantScope.newestEvent + "WHERE id = $1",
            [tenantValue, .integer(try stamp(at: now).milliseconds)])
    }
}

extension SystemScope {
    /// Stores the position of the newest event on a tenant's row before the event is removed.
    func raiseEventFloor(_ tenant: Int64) throws {
        try db.send(
            "UPDATE tenants SET event_floor =" + TenantScope.newestEvent + "WHERE id = $1", [.integer(tenant)])
    }
}
