internal import PharmacyDomain

extension IntegrityWalk<TenantScope> {
    /// The tenant's events in the order of its feed.
    static var events: Self { Self("events", read: EventRow.page, checks: EventRow.checks) }
}

private struct EventRow: IntegrityRecord {
    let position: Int64
    let subject: String
    let type: String
    let sequence: Int64
    let recordedAt: Int64
    /// `nil` for an event of an endpoint, or where the order is missing.
    let order: String?
    let payload: JSON?

    static func page(_ scope: TenantScope, after: Int64, _ context: IntegrityContext) throws -> [EventRow] {
        try scope.db.rows(
            """
            SELECT e.tenant_sequence, e.uuid, e.type, e.sequence, e.recorded_at, o.uuid, e.payload
            FROM order_events e LEFT JOIN orders o ON o.id = e.order_id
            WHERE e.tenant_id = $1 AND e.tenant_sequence > $2 ORDER BY e.tenant_sequence LIMIT $3
            """, [scope.tenantValue, .integer(after), SQLValue(context.limit)]
        ) { row in
            let id = try row.text(1)
            return EventRow(
                position: try row.integer(0), subject: id, type: try row.text(2), sequence: try row.integer(3),
                recordedAt: try row.integer(4), order: try row.optionalText(5),
                payload: scope.openedDocument(try row.blob(6), "event", id))
        }
    }

    static let checks: [IntegrityCheck<EventRow>] = [
        IntegrityCheck(.eventPayload) { row, _, _ in
            guard let payload = row.payload else { return ["payload"] }
            if EndpointEventType(rawValue: row.type) != nil {
                return disagreeing([
                    "uuid": payload["id"]?.text != row.subject,
                    "type": payload["event"]?.text != row.type,
                    "order_id": row.order != nil,
                    "timestamp": !row.canHold(payload["timestamp"]),
                ])
            }
            let status = EventType(rawValue: row.type)?.status.rawValue
            return disagreeing([
                "uuid": payload["id"]?.text != row.subject,
                "type": payload["event"]?.text != row.type,
                "sequence": payload["sequence"]?.wholeNumber != row.sequence,
                "order.uuid": row.order == nil || payload["order"]?["uuid"]?.text != row.order,
                "order.status": status == nil || payload["order"]?["status"]?.text != status,
                "timestamp": !row.canHold(payload["timestamp"]),
            ])
        }
    ]
    /// Whether an event that was recorded when this one was may have that time: it is ahead by no more than a pharmacy's clock
    /// may be.
    private func canHold(_ moment: JSON?) -> Bool {
        guard let moment = moment?.text.flatMap(Timestamp.init) else { return false }
        return moment <= Timestamp(milliseconds: recordedAt) + OrderRules.reportClockTolerance
    }
}
