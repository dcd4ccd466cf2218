package import PharmacyDomain

extension SystemScope {
    /// One that is being erased is found nowhere but among the erasures.
    private static let tenantColumns: SQL = """
        SELECT uuid, name, kind, status, created_at, resets_at FROM tenants WHERE erasing_at IS NULL
        """

    package func tenant(named name: String) throws -> Tenant? {
        try db.row(SystemScope.tenantColumns + "AND name = $1", [.text(name)], SystemScope.tenant)
    }

    package func tenant(identified id: TenantID) throws -> Tenant? {
        try db.row(
            SystemScope.tenantColumns + "AND uuid = $1", [.text(id.description)], SystemScope.tenant)
    }

    package func tenants() throws -> [Tenant] {
        try db.rows(SystemScope.tenantColumns + "ORDER BY name", [], SystemScope.tenant)
    }

    /// The tenants that have an order of this uuid: one, unless two drew the same 122 random bits.
    package func tenants(withOrder id: OrderID) throws -> [Tenant] {
        try db.rows(
            SystemScope.tenantColumns + "AND id IN (SELECT tenant_id FROM orders WHERE uuid = $1)",
            [.text(id.description)], SystemScope.tenant)
    }

    private static func tenant(_ row: any SQLRow) throws -> Tenant {
        guard let id = TenantID(try row.text(0)), let kind = Tenant.Kind(rawValue: try row.text(2)),
            let status = Tenant.Status(rawValue: try row.text(3))
        else { throw StoreError.broken("a tenant cannot be read") }
        return Tenant(
            id: id, name: try row.text(1), kind: kind, status: status,
            createdAt: try row.timestamp(4),
            resetsAt: try row.optionalTimestamp(5))
    }

    /// Makes a tenant with a data key of its own.
    /// - Parameters:
    ///   - dataKey: 32 random bytes.
    ///   - webhookSecret: the whole secret, `whsec_` and all.
    package func createTenant(_ tenant: Tenant, dataKey: [UInt8], webhookSecret: String) throws {
        let key = try store.keyring.create(
            .tenantData, name: tenant.id.description, bytes: dataKey, at: tenant.createdAt.milliseconds, in: db)
        let secret = try key.seal(Array(webhookSecret.utf8), as: "\(tenant.id)/webhook-secret/")
        try db.send(
            """
            INSERT INTO tenants (uuid, name, kind, status, created_at, resets_at, data_key, webhook_secret)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .text(tenant.id.description), .text(tenant.name), .text(tenant.kind.rawValue),
                .text(tenant.status.rawValue), .integer(tenant.createdAt.milliseconds),
                SQLValue(tenant.resetsAt?.milliseconds), .integer(key.number), .blob(secret),
            ])
        db.ring(.tenants)
    }
}

extension TenantScope {
    /// As they were kept: a next one may be due.
    package func webhookSecrets() throws -> WebhookSecrets {
        let row = try db.row(
            "SELECT webhook_secret, next_webhook_secret, next_webhook_secret_at FROM tenants WHERE id = $1",
            [tenantValue]
        ) { (current: try $0.blob(0), next: try $0.optionalBlob(1), nextAt: try $0.optionalInteger(2)) }
        guard let row else { throw StoreError.noSuchTenant }
        let current = String(decoding: try open(row.current, "webhook-secret", ""), as: UTF8.self)
        guard let sealed = row.next, let nextAt = row.nextAt else { return WebhookSecrets(current: current) }
        let next = String(decoding: try open(sealed, "next-webhook-secret", ""), as: UTF8.self)
        return WebhookSecrets(
            current: current,
            next: WebhookSecrets.Next(secret: next, activatesAt: Timestamp(milliseconds: nextAt)))
    }

    package func setWebhookSecrets(_ secrets: WebhookSecrets) throws {
        let next = try secrets.next.map { try seal(Array($0.secret.utf8), "next-webhook-secret", "") }
        try db.send(
            """
            UPDATE tenants SET webhook_secret = $2, next_webhook_secret = $3, next_webhook_secret_at = $4
            WHERE id = $1
            """,
            [
                tenantValue, .blob(try seal(Array(secrets.current.utf8), "webhook-secret", "")), SQLValue(next),
                SQLValue(secrets.next?.activatesAt.milliseconds),
            ])
    }

    /// How often the tenant has been wiped: its setup token changes with it.
    package func wipes() throws -> Int64 {
        try db.row("SELECT wipes FROM tenants WHERE id = $1", [tenantValue]) { try $0.integer(0) } ?? 0
    }

    /// Takes everything of the tenant but its name: records, credentials, tokens, and the key they were sealed with.
    package func wipe(dataKey: [UInt8], webhookSecret: String, resetsAt: Timestamp, at now: Timestamp) throws {
        let tables: [SQL] = [
            "DELETE FROM orders WHERE tenant_id = $1", "DELETE FROM patients WHERE tenant_id = $1",
            "DELETE FROM webhook_endpoints WHERE tenant_id = $1", "DELETE FROM credentials WHERE tenant_id = $1",
            "DELETE FROM setup_tokens WHERE tenant_id = $1", "DELETE FROM idempotency_records WHERE tenant_id = $1",
            "DELETE FROM reseals WHERE tenant_id = $1", "DELETE FROM quarantined_items WHERE tenant_id = $1",
        ]
        try raiseFloors(at: now)
        for statement in tables { try db.send(statement, [tenantValue]) }
        let name = tenantID.description
        try deleteDataKey()
        let fresh = try store.keyring.create(.tenantData, name: name, bytes: dataKey, at: now.milliseconds, in: db)
        let secret = try fresh.seal(Array(webhookSecret.utf8), as: place("webhook-secret", ""))
        try db.send(
            """
            UPDATE tenants SET wipes = wipes + 1, resets_at = $2, data_key = $3, webhook_secret = $4,
                next_webhook_secret = NULL, next_webhook_secret_at = NULL, previous_data_key = NULL,
                clear_identifiers = 0, wiping_at = NULL
            WHERE id = $1
            """,
            [tenantValue, .integer(resetsAt.milliseconds), .integer(fresh.number), .blob(secret)])
        forgetEmailIndex()
        db.ring(.tenants)
    }

    /// Background work of a tenant that is not active is left as it is, and goes on when the tenant is active again.
    package func setStatus(_ status: Tenant.Status) throws {
        try db.send("UPDATE tenants SET status = $2 WHERE id = $1", [tenantValue, .text(status.rawValue)])
        for bell in [StoreBell.tenants, .dispatch, .deliveries, .simulation] { db.ring(bell) }
    }

    private func forgetEmailIndex() {
        db.afterTransaction { [store, tenantID] in store.emailIndexes.forget(tenantID) }
    }

    private func deleteDataKey() throws {
        for key in try store.keyring.keys(.tenantData, name: tenantID.description, in: db) {
            try store.keyring.remove(key.id, in: db)
        }
    }

    /// Patients that are not deleted.
    package func patientCount() throws -> Int {
        try db.row("SELECT" + TenantScope.livePatients, [tenantValue]) { Int(try $0.integer(0)) } ?? 0
    }

    /// When a sandbox is wiped next.
    package func resetsAt() throws -> Timestamp? {
        try db.moment("SELECT resets_at FROM tenants WHERE id = $1", [tenantValue])
    }

    package func setResetsAt(_ moment: Timestamp) throws {
        try db.send(
            "UPDATE tenants SET resets_at = $2 WHERE id = $1", [tenantValue, .integer(moment.milliseconds)])
    }
}
