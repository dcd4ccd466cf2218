internal import PharmacyDomain

extension IntegrityWalk<TenantScope> {
    /// Webhook URLs with the queues of their deliveries.
    static var endpoints: Self { Self("endpoints", read: EndpointRow.page, checks: EndpointRow.checks) }
}

private struct EndpointRow: IntegrityRecord {
    let position: Int64
    var subject: String { "webhook_endpoints:\(position)" }
    let digest: [UInt8]
    let sealed: [UInt8]
    let url: String?
    let destination: Int64
    let dueAt: Int64?
    let earliest: Int64?
    let health: EndpointHealth
    let failureTimes: Int
    let isFailing: Int64
    let isHeld: Int64
    /// Whether a paused endpoint is registered at the URL.
    let isPaused: Int64

    static func page(_ scope: TenantScope, after: Int64, _ context: IntegrityContext) throws -> [EndpointRow] {
        try scope.db.rows(
            """
            SELECT id, url_digest, url, destination, due_at,
                (SELECT MIN(d.due_at) FROM webhook_deliveries d
                    WHERE d.endpoint_id = webhook_endpoints.id AND d.due_at IS NOT NULL),
                last_success_at, last_failure_at, failures, recent_failures, is_failing, is_held,
                (SELECT COUNT(*) FROM registered_endpoints r
                    WHERE r.endpoint_id = webhook_endpoints.id AND r.is_paused = 1)
            FROM webhook_endpoints WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3
            """, [scope.tenantValue, .integer(after), SQLValue(context.limit)]
        ) { row in
            let sealed = try row.blob(2)
            let times = try row.text(9).split(separator: " ").map(String.init)
            return EndpointRow(
                position: try row.integer(0), digest: try row.blob(1), sealed: sealed,
                url: scope.opened(sealed, "webhook-url", "").map { String(decoding: $0, as: UTF8.self) },
                destination: try row.integer(3), dueAt: try row.optionalInteger(4),
                earliest: try row.optionalInteger(5),
                health: EndpointHealth(
                    lastSuccess: try row.optionalTimestamp(6), lastFailure: try row.optionalTimestamp(7),
                    lastError: nil, failures: Int(try row.integer(8)),
                    recentFailures: times.compactMap { Int64($0).map(Timestamp.init(milliseconds:)) }),
                failureTimes: times.count, isFailing: try row.integer(10),
                isHeld: try row.integer(11), isPaused: try row.integer(12))
        }
    }

    static let checks: [IntegrityCheck<EndpointRow>] = [
        IntegrityCheck(.endpointQueue) { row, _, _ in
            disagreeing([
                "due_at": row.dueAt != (row.isHeld == 0 ? row.earliest : nil), "is_held": row.isHeld != row.isPaused,
            ])
        },
        IntegrityCheck(.endpointURL) { row, scope, _ in
            guard let text = row.url, let key = scope.ownKey(of: row.sealed) else { return ["url"] }
            // A URL from before destinations had digests is its own destination.
            let destination = TenantScope.destination(of: WebhookURL(stored: text), under: key)
            return disagreeing([
                "url_digest": row.digest != key.digest(Array(text.utf8), as: "webhook-url"),
                "destination": row.destination != destination && row.destination != row.position,
            ])
        },
        IntegrityCheck(.endpointHealth) { row, _, _ in
            let health = row.health
            return disagreeing([
                "failures": health.failures < 0,
                "recent_failures": row.failureTimes != health.recentFailures.count
                    || health.recentFailures.count != min(max(0, health.failures), EndpointHealth.failingCount),
                "is_failing": row.isFailing != (health.isFailing ? 1 : 0),
                "last_failure_at": health.failures > 0 && health.lastFailure == nil,
            ])
        },
    ]
}
