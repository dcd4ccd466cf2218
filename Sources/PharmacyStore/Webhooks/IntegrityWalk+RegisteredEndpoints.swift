internal import PharmacyDomain

extension IntegrityWalk<TenantScope> {
    /// Webhook endpoints that the tenant has registered.
    static var registeredEndpoints: Self {
        Self("registered endpoints", read: RegisteredEndpointRow.page, checks: RegisteredEndpointRow.checks)
    }
}

private struct RegisteredEndpointRow: IntegrityRecord {
    let position: Int64
    let subject: String
    let events: [String]
    let schedule: String
    let document: [UInt8]?

    static func page(
        _ scope: TenantScope, after: Int64, _ context: IntegrityContext
    ) throws -> [RegisteredEndpointRow] {
        try scope.db.rows(
            """
            SELECT id, uuid, events, retry_schedule, document FROM registered_endpoints
            WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3
            """, [scope.tenantValue, .integer(after), SQLValue(context.limit)]
        ) { row in
            let id = try row.text(1)
            return RegisteredEndpointRow(
                position: try row.integer(0), subject: id,
                events: try row.text(2).split(separator: " ").map(String.init),
                schedule: try row.text(3), document: scope.opened(try row.blob(4), "webhook-endpoint", id))
        }
    }

    static let checks: [IntegrityCheck<RegisteredEndpointRow>] = [
        IntegrityCheck(.registeredEndpoint) { row, _, _ in
            let document = row.document.flatMap { try? StoredJSON.parse($0) }
            return disagreeing([
                "uuid": EndpointID(row.subject) == nil,
                "events": row.events.contains { WebhookEventType(rawValue: $0) == nil },
                "retry_schedule": RetrySchedule(rawValue: row.schedule) == nil,
                "document": document.flatMap(RegisteredEndpoint.sealedParts) == nil,
            ])
        }
    ]
}
