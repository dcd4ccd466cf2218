internal import PharmacyDomain

/// A credential's row. The proof does not cover `last_used_at`, which grants nothing.
struct CredentialGrant: Grant {
    static let kind = UnprovenGrant.Kind.credential
    let tenant: String
    let clientID: String
    let secretHash: [UInt8]
    var displayName: String
    var scopes: String
    let createdAt: Int64
    var revokedAt: Int64?

    var name: String { UnprovenGrant.identifier(clientID) }

    func encode(into fields: inout GrantFields) {
        fields.add(tenant)
        fields.add(clientID)
        fields.add(secretHash)
        fields.add(displayName)
        fields.add(scopes)
        fields.add(createdAt)
        fields.add(revokedAt)
    }
}

extension CredentialGrant {
    /// The row's id, the columns of `init(_:)`, and the proof.
    static let columns: SQL = """
        SELECT c.id, t.uuid, c.client_id, c.secret_hash, c.name, c.scopes, c.created_at, c.revoked_at, c.proof
        FROM credentials c JOIN tenants t ON t.id = c.tenant_id
        """
    /// The index of the proof's column.
    static let proofColumn = 8

    init(_ columns: any SQLRow) throws {
        self.init(
            tenant: try columns.text(1), clientID: try columns.text(2), secretHash: try columns.blob(3),
            displayName: try columns.text(4), scopes: try columns.text(5), createdAt: try columns.integer(6),
            revokedAt: try columns.optionalInteger(7))
    }
}
