internal import PharmacyDomain

extension IntegrityWalk<TenantScope> {
    /// Deliveries with their attempts.
    static var deliveries: Self { Self("deliveries", read: DeliveryRow.page, checks: DeliveryRow.checks) }
}

private struct DeliveryRow: IntegrityRecord {
    let position: Int64
    let subject: String
    /// `nil`: not a state that this program knows.
    let state: DeliveryState?
    let isDue: Bool
    let isCompleted: Bool
    let attempts: Int64
    var found = 0
    var areReadable = true

    static func page(_ scope: TenantScope, after: Int64, _ context: IntegrityContext) throws -> [DeliveryRow] {
        var deliveries = try scope.db.rows(
            """
            SELECT id, uuid, status, due_at, completed_at, attempts FROM webhook_deliveries
            WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3
            """, [scope.tenantValue, .integer(after), SQLValue(context.limit)]
        ) { row in
            DeliveryRow(
                position: try row.integer(0), subject: try row.text(1), state: DeliveryState(rawValue: try row.text(2)),
                isDue: !row.isNull(3), isCompleted: !row.isNull(4), attempts: try row.integer(5))
        }
        guard let first = deliveries.first, let last = deliveries.last else { return [] }
        let attempts = try scope.db.rows(
            """
            SELECT d.id, a.answer FROM webhook_deliveries d JOIN webhook_attempts a ON a.delivery_id = d.id
            WHERE d.tenant_id = $1 AND d.id BETWEEN $2 AND $3
            """, [scope.tenantValue, .integer(first.position), .integer(last.position)]
        ) { row in
            let delivery = try row.integer(0)
            return (delivery: delivery, isReadable: scope.opened(try row.blob(1), "answer", String(delivery)) != nil)
        }
        let byDelivery = Dictionary(grouping: attempts, by: \.delivery)
        for index in deliveries.indices {
            let own = byDelivery[deliveries[index].position] ?? []
            deliveries[index].found = own.count
            deliveries[index].areReadable = own.allSatisfy(\.isReadable)
        }
        return deliveries
    }

    static let checks: [IntegrityCheck<DeliveryRow>] = [
        IntegrityCheck(.deliveryState) { row, _, _ in
            disagreeing([
                "status": row.state == nil,
                "due_at": row.isDue != (row.state?.isActive ?? false),
                "completed_at": row.isCompleted != (row.state?.isFinished ?? false),
            ])
        },
        // A redelivered delivery retains its earlier attempts, and counts those since.
        IntegrityCheck(.deliveryAttempts) { row, _, _ in
            let most = Int64(DeliveryPolicy.mostAttempts)
            return disagreeing([
                "attempts": !(0...most).contains(row.attempts) || row.attempts > row.found
                    || row.state == .succeeded && row.attempts == 0,
                "answer": !row.areReadable,
            ])
        },
    ]
}
