package import PharmacyDomain

extension SystemScope {
    /// Selects tenants. Those that are being erased are listed only by `erasures()`.
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

    /// The tenant that an operator names, by its name or by its uuid from a log.
    package func tenant(called text: String) throws -> Tenant? {
        if let tenant = try tenant(named: text) { return tenant }
        return try TenantID(text).flatMap { try tenant(identified: $0) }
    }

    package func tenants() throws -> [Tenant] {
        try db.rows(SystemScope.tenantColumns + "ORDER BY name", [], tenant).compactMap(\.self)
    }

    /// Whether any row has the name, including altered rows, which count as absent otherwise.
    package func isTenantNameTaken(_ name: String) throws -> Bool {
        try db.row("SELECT 1 FROM tenants WHERE name = $1", [.text(name)]) { _ in true } ?? false
    }

    /// All tenants except sandboxes that are being wiped, whose scopes only the wipe can open.
    package func openTenants() throws -> [Tenant] {
        let wiping = try unfinishedWipes()
        return try tenants().filter { !wiping.contains($0.id) }
    }

    /// The tenants that have an order with this uuid: one, unless two orders drew the same 122 random bits.
    package func tenants(withOrder id: OrderID) throws -> [Tenant] {
        try db.rows(
            SystemScope.tenantColumns + "AND id IN (SELECT tenant_id FROM orders WHERE uuid = $1)",
            [.text(id.description)], tenant
        ).compactMap(\.self)
    }

    /// The tenant that has a delivery with this uuid.
    package func tenant(withDelivery id: DeliveryID) throws -> Tenant? {
        try tenant("AND id = (SELECT tenant_id FROM webhook_deliveries WHERE uuid = $1)", .text(id.description))
    }

    /// The tenant that a condition on its row finds.
    func tenant(_ condition: SQL, _ bind: SQLValue) throws -> Tenant? {
        try db.row(SystemScope.tenantColumns + condition, [bind], tenant) ?? nil
    }

    /// Reads `tenantColumns`; `nil` for a row without a valid proof.
    private func tenant(_ row: any SQLRow) throws -> Tenant? {
        let grant = try TenantGrant(row)
        guard try memory.isProven(tenant: grant, by: try row.optionalBlob(TenantGrant.proofColumn), in: db) else {
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

    /// Creates a tenant with its own data key.
    /// - Parameters:
    ///   - dataKey: 32 random bytes.
    ///   - webhookSecret: the secret, including `whsec_`.
    package func createTenant(_ tenant: Tenant, dataKey: [UInt8], webhookSecret: String) throws {
        let key = try memory.keyring.create(
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
        // No row of the tenant was read before, which would have shown that the key was rotated.
        let proofs = try memory.proofs.refresh(in: db)
        try db.send("UPDATE tenants SET proof = $2 WHERE id = $1", [.integer(row), .blob(proofs.proof(of: grant))])
        db.notify(.tenants)
    }
}

extension TenantScope {
    /// The tenant itself; `nil` if its row is not as this installation wrote it.
    package func tenantRecord() throws -> Tenant? { try system.tenant(identified: tenantID) }
}
