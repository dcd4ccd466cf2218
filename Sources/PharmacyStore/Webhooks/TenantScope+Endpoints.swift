package import PharmacyDomain

extension TenantScope {
    /// The digests under which a URL may be stored: with the present data key, and with the previous one.
    func urlDigests(_ url: String) -> [SQLValue] {
        [.blob(digest(url, "webhook-url")), .blob(previousDigest(url, "webhook-url"))]
    }

    /// Stores a URL unless it is stored. It is encrypted, because it may contain a secret of the receiver.
    func recordEndpoint(_ url: WebhookURL) throws {
        try db.send(
            """
            INSERT INTO webhook_endpoints (tenant_id, url_digest, url, destination) SELECT $1, $2, $4, $5
            WHERE NOT EXISTS (SELECT 1 FROM webhook_endpoints WHERE tenant_id = $1 AND url_digest IN ($2, $3))
            """,
            [tenantValue] + urlDigests(url.text) + [
                .blob(try seal(Array(url.text.utf8), "webhook-url", "")), .integer(destination(of: url)),
            ])
    }

    /// A number for the tenant's receivers at one origin, from which the origin cannot be computed.
    func destination(of url: WebhookURL) -> Int64 { TenantScope.destination(of: url, under: key) }

    static func destination(of url: WebhookURL, under key: SealingKey) -> Int64 {
        key.digest(Array(url.origin.utf8), as: "webhook-origin").prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }

    /// The tenant's webhook URLs with the results of their deliveries: failing ones first, then the newest first.
    package func endpoints(page: PageRequest) throws -> Page<EndpointRecord> {
        let items = try db.rows(
            "SELECT" + EndpointHealth.columns + """
                    , url, (SELECT COUNT(*) FROM webhook_deliveries
                        WHERE endpoint_id = webhook_endpoints.id AND completed_at IS NULL),
                    (SELECT created_at FROM webhook_deliveries
                        WHERE endpoint_id = webhook_endpoints.id AND completed_at IS NULL ORDER BY id LIMIT 1)
                FROM webhook_endpoints WHERE tenant_id = $1 ORDER BY is_failing DESC, id DESC LIMIT $2 OFFSET $3
                """, [tenantValue, SQLValue(page.perPage), SQLValue(page.offset)]
        ) { row in
            EndpointRecord(
                url: WebhookURL(
                    stored: String(decoding: try open(try row.blob(5), "webhook-url", ""), as: UTF8.self)),
                health: try EndpointHealth(row), pending: Int(try row.integer(6)),
                oldestPending: try row.optionalTimestamp(7))
        }
        let total = try db.row("SELECT COUNT(*) FROM webhook_endpoints WHERE tenant_id = $1", [tenantValue]) {
            Int(try $0.integer(0))
        }
        return Page(items: items, request: page, total: total ?? 0)
    }

    /// How many of the tenant's webhook URLs are failing.
    package func failingEndpoints() throws -> Int {
        try db.row("SELECT COUNT(*) FROM webhook_endpoints WHERE tenant_id = $1 AND is_failing = 1", [tenantValue]) {
            Int(try $0.integer(0))
        } ?? 0
    }

    func health(of endpoint: Int64) throws -> EndpointHealth? {
        try db.row(
            "SELECT" + EndpointHealth.columns + "FROM webhook_endpoints WHERE tenant_id = $1 AND id = $2",
            [tenantValue, .integer(endpoint)]
        ) { try EndpointHealth($0) }
    }

    func setHealth(_ health: EndpointHealth, of endpoint: Int64) throws {
        try db.send(
            """
            UPDATE webhook_endpoints SET last_success_at = $3, last_failure_at = $4, last_error = $5, failures = $6,
                recent_failures = $7, is_failing = $8
            WHERE tenant_id = $1 AND id = $2
            """,
            [
                tenantValue, .integer(endpoint), SQLValue(health.lastSuccess?.milliseconds),
                SQLValue(health.lastFailure?.milliseconds), SQLValue(health.lastError), SQLValue(health.failures),
                .text(health.recentFailures.map { String($0.milliseconds) }.joined(separator: " ")),
                health.isFailing ? 1 : 0,
            ])
    }
}

extension SystemScope {
    /// How many webhook URLs are failing.
    package func failingEndpoints() throws -> Int {
        try db.row("SELECT COUNT(*) FROM webhook_endpoints WHERE is_failing = 1", []) { Int(try $0.integer(0)) } ?? 0
    }

    /// Since when the delivery that is due longest has been due; `nil` when none is.
    package func longestDueDelivery(at now: Timestamp) throws -> Timestamp? {
        try dueDestinations().first { try $0.due <= now && isServed($0.id) }?.due
    }

    /// Whether deliveries to a destination are made: its tenant is active.
    private func isServed(_ destination: Int64) throws -> Bool {
        try db.row(
            """
            SELECT 1 FROM webhook_endpoints e JOIN tenants t ON t.id = e.tenant_id
            WHERE e.destination = $1 AND e.due_at IS NOT NULL AND t.status = 'active' AND t.wiping_at IS NULL LIMIT 1
            """, [.integer(destination)]
        ) { _ in true } ?? false
    }
}

extension EndpointHealth {
    static let columns: SQL = "last_success_at, last_failure_at, last_error, failures, recent_failures"

    /// Reads the health from a row that begins with `columns`.
    init(_ row: any SQLRow) throws {
        self.init(
            lastSuccess: try row.optionalTimestamp(0), lastFailure: try row.optionalTimestamp(1),
            lastError: try row.optionalText(2), failures: Int(try row.integer(3)),
            recentFailures: try row.text(4).split(separator: " ")
                .compactMap { Int64($0).map(Timestamp.init(milliseconds:)) })
    }
}
