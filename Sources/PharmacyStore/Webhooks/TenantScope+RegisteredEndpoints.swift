package import PharmacyDomain

extension TenantScope {
    private static let columns: SQL = """
        SELECT r.uuid, w.url, r.events, r.is_paused, r.retry_schedule, r.document, r.created_at, r.updated_at
        FROM registered_endpoints r JOIN webhook_endpoints w ON w.id = r.endpoint_id
        WHERE r.tenant_id = $1
        """

    /// Oldest first.
    package func registeredEndpoints() throws -> [RegisteredEndpoint] {
        try db.rows(TenantScope.columns + "ORDER BY r.id", [tenantValue], registeredEndpoint)
    }

    package func registeredEndpoint(_ id: EndpointID) throws -> RegisteredEndpoint? {
        try db.row(
            TenantScope.columns + "AND r.uuid = $2", [tenantValue, .text(id.description)], registeredEndpoint)
    }

    /// The endpoint that is registered at a URL.
    package func registeredEndpoint(at url: WebhookURL) throws -> RegisteredEndpoint? {
        try db.row(
            TenantScope.columns + "AND w.tenant_id = $1 AND w.url_digest IN ($2, $3)",
            [tenantValue] + urlDigests(url.text), registeredEndpoint)
    }

    package func registeredEndpointCount() throws -> Int {
        try db.row("SELECT COUNT(*) FROM registered_endpoints WHERE tenant_id = $1", [tenantValue]) {
            Int(try $0.integer(0))
        } ?? 0
    }

    /// Stores a new endpoint, at a URL at which none is registered.
    package func insertRegisteredEndpoint(_ endpoint: RegisteredEndpoint) throws {
        try recordEndpoint(endpoint.details.url)
        try db.send(
            """
            INSERT INTO registered_endpoints (tenant_id, uuid, endpoint_id, events, is_paused, retry_schedule, document,
                created_at, updated_at)
            VALUES ($1, $2, (SELECT id FROM webhook_endpoints WHERE tenant_id = $1 AND url_digest IN ($3, $4)), $5, $6,
                $7, $8, $9, $9)
            """,
            [tenantValue, .text(endpoint.id.description)] + urlDigests(endpoint.details.url.text)
                + (try changeableColumns(of: endpoint)) + [.integer(endpoint.createdAt.milliseconds)])
        try holdURL(of: endpoint.id)
        noteChange()
    }

    /// Stores an endpoint's new value. Where its URL is another one, at which none is registered, the deliveries that wait go
    /// to the new URL (`claimDeliveries`).
    package func updateRegisteredEndpoint(_ endpoint: RegisteredEndpoint) throws {
        guard let before = try registration(endpoint.id) else { return }
        try recordEndpoint(endpoint.details.url)
        try db.send(
            """
            UPDATE registered_endpoints SET events = $5, is_paused = $6, retry_schedule = $7, document = $8,
                updated_at = $9,
                endpoint_id = (SELECT id FROM webhook_endpoints WHERE tenant_id = $1 AND url_digest IN ($3, $4))
            WHERE tenant_id = $1 AND uuid = $2
            """,
            [tenantValue, .text(endpoint.id.description)] + urlDigests(endpoint.details.url.text)
                + (try changeableColumns(of: endpoint)) + [.integer(endpoint.updatedAt.milliseconds)])
        try holdURL(of: endpoint.id)
        try release(before.endpoint)
        noteChange()
    }

    /// Stores an endpoint's secrets alone, which its `updatedAt` does not cover.
    package func setSecrets(_ secrets: WebhookSecrets, of endpoint: RegisteredEndpoint) throws {
        var changed = endpoint
        changed.secrets = secrets
        try db.send(
            "UPDATE registered_endpoints SET document = $3 WHERE tenant_id = $1 AND uuid = $2",
            [tenantValue, .text(endpoint.id.description), try sealedDocument(of: changed)])
        noteChange()
    }

    /// Removes an endpoint. Deliveries that wait for it end when they are due (`claimDeliveries`).
    /// - Returns: whether it existed.
    package func deleteRegisteredEndpoint(_ id: EndpointID) throws -> Bool {
        guard let registration = try registration(id) else { return false }
        try db.send("DELETE FROM registered_endpoints WHERE id = $1", [.integer(registration.row)])
        try release(registration.endpoint)
        noteErasure()
        noteChange()
        return true
    }

    // MARK: Rows

    /// `events`, `is_paused`, `retry_schedule` and `document`.
    private func changeableColumns(of endpoint: RegisteredEndpoint) throws -> [SQLValue] {
        let details = endpoint.details
        return [
            .text(details.events.map(\.rawValue).joined(separator: " ")), details.isPaused ? 1 : 0,
            .text(details.retrySchedule.rawValue), try sealedDocument(of: endpoint),
        ]
    }

    private func sealedDocument(of endpoint: RegisteredEndpoint) throws -> SQLValue {
        .blob(try seal(endpoint.document.bytes, "webhook-endpoint", endpoint.id.description))
    }

    /// Reads `columns`.
    private func registeredEndpoint(_ row: any SQLRow) throws -> RegisteredEndpoint {
        let text = try row.text(0)
        let url = String(decoding: try open(try row.blob(1), "webhook-url", ""), as: UTF8.self)
        guard let id = EndpointID(text), let schedule = RetrySchedule(rawValue: try row.text(4)) else {
            throw StoreError.broken("a registered endpoint cannot be read")
        }
        let sealed = try sealedParts(of: text, in: try row.blob(5))
        return RegisteredEndpoint(
            id: id,
            details: EndpointDetails(
                url: WebhookURL(stored: url),
                events: try row.text(2).split(separator: " ").compactMap { WebhookEventType(rawValue: String($0)) },
                description: sealed.description, isPaused: try row.integer(3) == 1, retrySchedule: schedule),
            secrets: sealed.secrets, createdAt: try row.timestamp(6), updatedAt: try row.timestamp(7))
    }

    /// The description and the secrets of an endpoint.
    func sealedParts(of id: String, in sealed: [UInt8]) throws -> (description: String?, secrets: WebhookSecrets) {
        let document = try StoredJSON.parse(try open(sealed, "webhook-endpoint", id))
        guard let parts = RegisteredEndpoint.sealedParts(in: document) else {
            throw StoreError.broken("a registered endpoint cannot be read")
        }
        return parts
    }

    // MARK: Fan-out

    /// Whether the tenant of a row of `tenants` has an endpoint that is not paused: 1 or 0, by an index. Each transaction that
    /// changes a tenant's data reads it with the tenant's row, so that events of tenants without endpoints cost no statement more,
    /// and no event is lost by a cache.
    static let activeEndpoints: SQL = """
        EXISTS (SELECT 1 FROM registered_endpoints r WHERE r.tenant_id = tenants.id AND r.is_paused = 0)
        """

    /// Whether the tenant has endpoints that are not paused.
    func hasActiveEndpoints() throws -> Bool { try changes.hasActiveEndpoints ?? !registrations().isEmpty }

    /// The endpoints that are not paused, oldest first.
    func registrations() throws -> [EndpointRegistration] {
        try db.rows(
            """
            SELECT id, endpoint_id, events FROM registered_endpoints WHERE tenant_id = $1 AND is_paused = 0 ORDER BY id
            """, [tenantValue], registration)
    }

    private func registration(_ id: EndpointID) throws -> EndpointRegistration? {
        try db.row(
            "SELECT id, endpoint_id, events FROM registered_endpoints WHERE tenant_id = $1 AND uuid = $2",
            [tenantValue, .text(id.description)], registration)
    }

    private func registration(_ row: any SQLRow) throws -> EndpointRegistration {
        EndpointRegistration(
            row: try row.integer(0), endpoint: try row.integer(1),
            events: Set(try row.text(2).split(separator: " ").map(String.init)))
    }

    /// The URL's row of the endpoint with a row; `nil` where the endpoint was deleted.
    func currentURL(ofRegistration row: Int64) throws -> Int64? {
        try db.row(
            "SELECT endpoint_id FROM registered_endpoints WHERE tenant_id = $1 AND id = $2",
            [tenantValue, .integer(row)]
        ) { try $0.integer(0) }
    }

    // MARK: Holding

    /// Holds the deliveries to an endpoint's URL, or lets them go, as the endpoint is paused or not.
    private func holdURL(of id: EndpointID) throws {
        changes.hasActiveEndpoints = nil
        guard let registration = try registration(id) else { return }
        try db.send(
            """
            UPDATE webhook_endpoints SET is_held = (SELECT is_paused FROM registered_endpoints WHERE endpoint_id = $1)
            WHERE id = $1
            """, [.integer(registration.endpoint)])
        try DeliveryQueues(db: db).reschedule(registration.endpoint)
        db.notify(.deliveries)
    }

    /// Lets go of the deliveries to a URL unless an endpoint is registered there, and removes it if it has none.
    private func release(_ endpoint: Int64) throws {
        let isFree: SQL = "AND NOT EXISTS (SELECT 1 FROM registered_endpoints WHERE endpoint_id = $1)"
        try db.send("UPDATE webhook_endpoints SET is_held = 0 WHERE id = $1" + isFree, [.integer(endpoint)])
        try db.send(
            "DELETE FROM webhook_endpoints WHERE id = $1" + isFree
                + "AND NOT EXISTS (SELECT 1 FROM webhook_deliveries WHERE endpoint_id = $1)", [.integer(endpoint)])
        try DeliveryQueues(db: db).reschedule(endpoint)
        db.notify(.deliveries)
    }
}
