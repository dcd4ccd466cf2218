internal import PharmacyDomain

/// A tenant's row. The proof covers its number too, because other tables refer to tenants by it.
struct TenantGrant: Grant, Equatable {
    static let kind = UnprovenGrant.Kind.tenant
    let row: Int64
    let tenant: String
    let tenantName: String
    let kind: String
    var status: String
    var dataKey: Int64
    var previousDataKey: Int64?
    /// How often the sandbox was wiped. Its setup token is derived from it.
    var wipes: Int64
    var nextWebhookSecretAt: Int64?

    /// The columns of `init(_:)`, and the proof.
    static let columns: SQL = """
        SELECT id, uuid, name, kind, status, data_key, previous_data_key, wipes, next_webhook_secret_at, proof
        """
    /// The index of the proof's column.
    static let proofColumn = 9

    var name: String { UnprovenGrant.identifier(tenant) }

    func encode(into fields: inout GrantFields) {
        fields.add(row)
        fields.add(tenant)
        fields.add(tenantName)
        fields.add(kind)
        fields.add(status)
        fields.add(dataKey)
        fields.add(previousDataKey)
        fields.add(wipes)
        fields.add(nextWebhookSecretAt)
    }
}

extension TenantGrant {
    init(_ columns: any SQLRow) throws {
        self.init(
            row: try columns.integer(0), tenant: try columns.text(1), tenantName: try columns.text(2),
            kind: try columns.text(3), status: try columns.text(4), dataKey: try columns.integer(5),
            previousDataKey: try columns.optionalInteger(6), wipes: try columns.integer(7),
            nextWebhookSecretAt: try columns.optionalInteger(8))
    }
}
