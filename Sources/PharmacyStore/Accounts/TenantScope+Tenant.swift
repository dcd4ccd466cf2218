package import PharmacyDomain

extension TenantScope {
    /// Changes columns that the proof of the tenant's row covers, with a new proof. The row is read again, because this transaction
    /// may have changed it.
    func updateTenant(_ change: (inout TenantGrant) -> Void) throws {
        let found = try db.row(TenantGrant.columns + "FROM tenants WHERE id = $1", [tenantValue]) {
            (grant: try TenantGrant($0), proof: try $0.optionalBlob(TenantGrant.proofColumn))
        }
        guard let found else { throw StoreError.noSuchTenant }
        guard try memory.isProven(found.grant, by: found.proof, in: db) else { throw StoreError.alteredTenant }
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
                .integer(grant.wipes), SQLValue(grant.nextWebhookSecretAt), .blob(memory.proofs.proof(of: grant)),
            ])
    }

    /// The webhook secrets as they are stored: a pending one may be due.
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
        // The secrets are sealed. The tenant's proof covers the time at which the next one takes over.
        try updateTenant { $0.nextWebhookSecretAt = secrets.next?.activatesAt.milliseconds }
        noteChange()
    }

    /// How often the tenant has been wiped. Its setup token is derived from the number.
    package func wipes() throws -> Int64 {
        try db.row("SELECT wipes FROM tenants WHERE id = $1", [tenantValue]) { try $0.integer(0) } ?? 0
    }

    /// Removes everything of the tenant except its name: records, credentials, tokens, and the data key.
    package func wipe(dataKey: [UInt8], webhookSecret: String, resetsAt: Timestamp, at now: Timestamp) throws {
        let tables: [SQL] = [
            "DELETE FROM orders WHERE tenant_id = $1", "DELETE FROM patients WHERE tenant_id = $1",
            "DELETE FROM registered_endpoints WHERE tenant_id = $1",
            "DELETE FROM webhook_endpoints WHERE tenant_id = $1", "DELETE FROM credentials WHERE tenant_id = $1",
            "DELETE FROM setup_tokens WHERE tenant_id = $1", "DELETE FROM idempotency_records WHERE tenant_id = $1",
            "DELETE FROM reseals WHERE tenant_id = $1", "DELETE FROM quarantined_items WHERE tenant_id = $1",
            "DELETE FROM request_log WHERE tenant_id = $1", "DELETE FROM request_counts WHERE tenant_id = $1",
            "DELETE FROM delivery_counts WHERE tenant_id = $1",
        ]
        try raiseFloors(at: now)
        for statement in tables { try db.send(statement, [tenantValue]) }
        let name = tenantID.description
        try deleteDataKey()
        let fresh = try memory.keyring.create(.tenantData, name: name, bytes: dataKey, at: now.milliseconds, in: db)
        let secret = try fresh.seal(Array(webhookSecret.utf8), as: sealContext("webhook-secret", ""))
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
        forgetPatientIndexes()
        noteErasure()
        db.notify(.tenants)
        noteChange()
    }

    /// Suspends or resumes a tenant. Background work of a suspended tenant waits until the tenant is resumed.
    package func setStatus(_ status: Tenant.Status) throws {
        try updateTenant { $0.status = status.rawValue }
        for channel in [StoreChannel.tenants, .dispatch, .deliveries, .simulation] { db.notify(channel) }
        noteChange()
    }

    private func forgetPatientIndexes() {
        db.afterTransaction { [memory, tenantID] in memory.patientIndexes.forget(tenantID) }
    }

    private func deleteDataKey() throws {
        for key in try memory.keyring.keys(.tenantData, name: tenantID.description, in: db) {
            try memory.keyring.remove(key.id, in: db)
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
