package import PharmacyDomain

extension SystemScope {
    /// One that is being erased is found nowhere but among the erasures.
    private static let tenantColumns: SQL =
        TenantGrant.columns + ", created_at, resets_at FROM tenants WHERE erasing_at IS NULL"

    private static let tenantNamed = tenantColumns + "AND name = $1"
    private static let tenantIdentified = tenantColumns + "AND uuid = $1"

    package func tenant(named name: String) throws -> Tenant? {
        try db.row(SystemScope.tenantNamed, [.text(name)], tenant) ?? nil
    }

    package func tenant(identified id: TenantID) throws -> Tenant? {
        try db.row(SystemScope.tenantIdentified, [.text(id.description)], tenant) ?? nil
    }

    /// The tenant that an operator names: by its name, or by the uuid that stands in logs.
    package func tenant(called text: String) throws -> Tenant? {
        if let tenant = try tenant(named: text) { return tenant }
        return try TenantID(text).flatMap { try tenant(identified: $0) }
    }

    package func tenants() throws -> [Tenant] {
        try db.rows(SystemScope.tenantColumns + "ORDER BY name", [], tenant).compactMap(\.self)
    }

    /// Whether a row has the name, be it of a tenant or one that was altered and counts as none.
    package func isTenantNameTaken(_ name: String) throws -> Bool {
        try db.row("SELECT 1 FROM tenants WHERE name = $1", [.text(name)]) { _ in true } ?? false
    }

    /// The tenants but for sandboxes that are being wiped, whose scopes are closed to all but the wipe.
    package func openTenants() throws -> [Tenant] {
        let wiping = try unfinishedWipes()
        return try tenants().filter { !wiping.contains($0.id) }
    }

    /// The tenants that have an order of this uuid: one, unless two drew the same 122 random bits.
    package func tenants(withOrder id: OrderID) throws -> [Tenant] {
        try db.rows(
            SystemScope.tenantColumns + "AND id IN (SELECT tenant_id FROM orders WHERE uuid = $1)",
            [.text(id.description)], tenant
        ).compactMap(\.self)
    }

    /// The tenant that has a delivery of this uuid.
    package func tenant(withDelivery id: DeliveryID) throws -> Tenant? {
        try db.row(
            SystemScope.tenantColumns + "AND id = (SELECT tenant_id FROM webhook_deliveries WHERE uuid = $1)",
            [.text(id.description)], tenant) ?? nil
    }

    /// `nil` for a row that is not as this installation wrote it.
    private func tenant(_ row: any SQLRow) throws -> Tenant? {
        let grant = try TenantGrant(row)
        guard try store.isProven(tenant: grant, by: try row.optionalBlob(TenantGrant.proofColumn), in: db) else {
            return nil
        }
        guard let id = TenantID(grant.tenant), let kind = Tenant.Kind(rawValue: grant.kind),
            let status = Tenant.Status(rawValue: grant.status)
        else { throw StoreError.broken("a tenant cannot be read") }
        return Tenant(
            id: id, name: grant.tenantName, kind: kind, status: status,
            createdAt: try row.timestamp(TenantGrant.proofColumn + 1),
            resetsAt: try row.optionalTimestamp(TenantGrant.proofColumn + 2))
    }

    /// Makes a tenant with a data key of its own.
    /// - Parameters:
    ///   - dataKey: 32 random bytes.
    ///   - webhookSecret: the whole secret, `whsec_` and all.
    package func createTenant(_ tenant: Tenant, dataKey: [UInt8], webhookSecret: String) throws {
        let key = try store.keyring.create(
            .tenantData, name: tenant.id.description, bytes: dataKey, at: tenant.createdAt.milliseconds, in: db)
        let secret = try key.seal(Array(webhookSecret.utf8), as: "\(tenant.id)/webhook-secret/")
        let row = try db.row(
            """
            INSERT INTO tenants (uuid, name, kind, status, created_at, resets_at, data_key, webhook_secret, text_keys)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1) RETURNING id
            """,
            [
                .text(tenant.id.description), .text(tenant.name), .text(tenant.kind.rawValue),
                .text(tenant.status.rawValue), .integer(tenant.createdAt.milliseconds),
                SQLValue(tenant.resetsAt?.milliseconds), .integer(key.number), .blob(secret),
            ]
        ) { try $0.integer(0) }
        guard let row else { throw StoreError.broken("a tenant was not stored") }
        let grant = TenantGrant(
            row: row, tenant: tenant.id.description, tenantName: tenant.name, kind: tenant.kind.rawValue,
            status: tenant.status.rawValue, dataKey: key.number, previousDataKey: nil, wipes: 0,
            nextWebhookSecretAt: nil)
        // No row of the tenant was read before, which would have told of a key that was replaced.
        let proofs = try store.proofs.refresh(in: db)
        try db.send("UPDATE tenants SET proof = $2 WHERE id = $1", [.integer(row), .blob(proofs.proof(of: grant))])
        db.notify(.tenants)
    }
}

extension TenantScope {
    /// Changes what the proof of the tenant's row covers, and the proof with it. The row is read again: it may have been
    /// changed in this transaction.
    func updateTenant(_ change: (inout TenantGrant) -> Void) throws {
        let found = try db.row(TenantGrant.columns + "FROM tenants WHERE id = $1", [tenantValue]) {
            (grant: try TenantGrant($0), proof: try $0.optionalBlob(TenantGrant.proofColumn))
        }
        guard let found else { throw StoreError.noSuchTenant }
        guard try store.isProven(found.grant, by: found.proof, in: db) else { throw StoreError.alteredTenant }
        var grant = found.grant
        change(&grant)
        try db.send(
            """
            UPDATE tenants SET status = $2, data_key = $3, previous_data_key = $4, wipes = $5,
                next_webhook_secret_at = $6, proof = $7
            WHERE id = $1
            """,
            [
                tenantValue, .text(grant.status), .integer(grant.dataKey), SQLValue(grant.previousDataKey),
                .integer(grant.wipes), SQLValue(grant.nextWebhookSecretAt), .blob(store.proofs.proof(of: grant)),
            ])
    }

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
            "UPDATE tenants SET webhook_secret = $2, next_webhook_secret = $3 WHERE id = $1",
            [tenantValue, .blob(try seal(Array(secrets.current.utf8), "webhook-secret", "")), SQLValue(next)])
        // The secrets are sealed for their place. When the next one takes over is proven with the tenant.
        try updateTenant { $0.nextWebhookSecretAt = secrets.next?.activatesAt.milliseconds }
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
        try updateTenant { tenant in
            tenant.wipes += 1
            tenant.dataKey = fresh.number
            tenant.previousDataKey = nil
            tenant.nextWebhookSecretAt = nil
        }
        try db.send(
            """
            UPDATE tenants SET resets_at = $2, webhook_secret = $3, next_webhook_secret = NULL, clear_identifiers = 0,
                text_keys = 1, wiping_at = NULL
            WHERE id = $1
            """, [tenantValue, .integer(resetsAt.milliseconds), .blob(secret)])
        forgetEmailIndex()
        noteErasure()
        db.notify(.tenants)
    }

    /// Background work of a tenant that is not active is left as it is, and goes on when the tenant is active again.
    package func setStatus(_ status: Tenant.Status) throws {
        try updateTenant { $0.status = status.rawValue }
        for channel in [StoreChannel.tenants, .dispatch, .deliveries, .simulation] { db.notify(channel) }
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
