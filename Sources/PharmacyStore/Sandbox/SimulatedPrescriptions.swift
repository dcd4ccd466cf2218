package import PharmacyDomain

/// A simulated prescription that is due for its next step.
package struct ClaimedSimulation: Hashable, Sendable {
    package let tenant: TenantID
    package let order: OrderID
    /// How many reports of its script have been made.
    package let step: Int
    /// Since when.
    package let dueAt: Timestamp
}

extension TenantScope {
    /// The simulated pharmacy accepts an order. Inserting it again has no effect.
    /// - Parameter dueAt: when it advances by itself; `nil`: never.
    package func insertPrescription(_ record: OrderRecord, dueAt: Timestamp?) throws {
        try db.send(
            """
            INSERT INTO simulated_prescriptions (order_id, tenant_id, due_at) VALUES ($1, $2, $3)
            ON CONFLICT (order_id) DO NOTHING
            """, [.integer(record.row), tenantValue, SQLValue(dueAt?.milliseconds)])
        if dueAt != nil { db.notify(.simulation) }
    }

    /// The number of reports of its script that were made; `nil` when the pharmacy does not have it.
    package func prescriptionStep(_ record: OrderRecord) throws -> Int? {
        try db.row(
            "SELECT step FROM simulated_prescriptions WHERE tenant_id = $1 AND order_id = $2",
            [tenantValue, .integer(record.row)]
        ) { Int(try $0.integer(0)) }
    }

    /// - Parameter dueAt: when it advances next; `nil`: it has ended.
    package func advancePrescription(_ record: OrderRecord, step: Int, dueAt: Timestamp?) throws {
        try db.send(
            "UPDATE simulated_prescriptions SET step = $3, due_at = $4 WHERE tenant_id = $1 AND order_id = $2",
            [tenantValue, .integer(record.row), SQLValue(step), SQLValue(dueAt?.milliseconds)])
    }
}

extension SystemScope {
    /// Simulated prescriptions of active tenants that are due. They are not claimed: each advances in the transaction that checks
    /// its step, so that two nodes advance it once.
    package func dueSimulations(limit: Int, at now: Timestamp) throws -> [ClaimedSimulation] {
        try db.rows(
            """
            SELECT t.uuid, o.uuid, s.step, s.due_at FROM simulated_prescriptions s JOIN orders o ON o.id = s.order_id
                JOIN tenants t ON t.id = s.tenant_id
            WHERE s.due_at <= $2 AND t.status = \(Tenant.Status.active) AND t.wiping_at IS NULL ORDER BY s.due_at LIMIT $1
            """, [SQLValue(limit), .integer(now.milliseconds)]
        ) { row -> ClaimedSimulation? in
            guard let tenant = TenantID(try row.text(0)), let order = OrderID(try row.text(1)) else { return nil }
            return ClaimedSimulation(
                tenant: tenant, order: order, step: Int(try row.integer(2)), dueAt: try row.timestamp(3))
        }.compactMap(\.self)
    }

    package func nextSimulation() throws -> Timestamp? {
        try db.moment(
            """
            SELECT s.due_at FROM simulated_prescriptions s
            WHERE s.due_at IS NOT NULL AND (
                SELECT t.status FROM tenants t WHERE t.id = s.tenant_id AND t.wiping_at IS NULL) = \(Tenant.Status.active)
            ORDER BY s.due_at LIMIT 1
            """)
    }
}
