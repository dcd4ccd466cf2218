package import PharmacyDomain

extension TenantScope {
    /// The columns that `credential(_:)` reads from `credentials c`. The last one is 1 where the audit log contains the
    /// credential's revocation. The condition is exactly that of the index `audit_revocations`.
    static let credentialColumns: SQL = """
        SELECT c.client_id, c.name, c.created_at, c.last_used_at, c.revoked_at, c.scopes, c.secret_hash, c.proof,
            CASE WHEN EXISTS (
                SELECT 1 FROM audit_entries a
                WHERE a.action IN ('credential.revoked', 'token.revoked', 'token.reuse_detected')
                    AND a.subjects = c.client_id) THEN 1 ELSE 0 END
        """
    static let credentialColumnCount = 9
    private static let credentialRows: SQL = credentialColumns + "FROM credentials c"

    package func insertCredential(_ credential: Credential, secretHash: [UInt8]) throws {
        let grant = CredentialGrant(
            tenant: tenantID.description, clientID: credential.id.description, secretHash: secretHash,
            displayName: credential.name, scopes: CredentialScope.text(credential.scopes),
            createdAt: credential.createdAt.milliseconds, revokedAt: nil)
        try db.send(
            """
            INSERT INTO credentials (tenant_id, client_id, secret_hash, name, created_at, scopes, proof)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                tenantValue, .text(grant.clientID), .blob(secretHash), .text(grant.displayName),
                .integer(grant.createdAt), .text(grant.scopes), .blob(memory.proofs.proof(of: grant)),
            ])
        noteChange()
    }

    /// How many credentials are active. Altered rows do not count, or they could prevent the creation of others.
    package func activeCredentialCount() throws -> Int { try credentials(includingRevoked: false).count }

    /// The tenant's credentials, newest first.
    package func credentials(includingRevoked: Bool) throws -> [Credential] {
        let choice: SQL = includingRevoked ? "" : "AND c.revoked_at IS NULL"
        return try db.rows(
            TenantScope.credentialRows + "WHERE c.tenant_id = $1" + choice + "ORDER BY c.id DESC", [tenantValue],
            credential
        ).compactMap(\.self)
    }

    package func credential(_ id: ClientID) throws -> Credential? {
        try db.row(
            TenantScope.credentialRows + "WHERE c.tenant_id = $1 AND c.client_id = $2",
            [tenantValue, .text(id.description)], credential) ?? nil
    }

    /// Reads `credentialColumns`; `nil` for a row without a valid proof.
    func credential(_ row: any SQLRow) throws -> Credential? {
        guard let grant = try credentialGrant(row) else { return nil }
        guard let id = ClientID(grant.clientID) else { throw StoreError.broken("a client id cannot be read") }
        return Credential(
            id: id, name: grant.displayName, scopes: CredentialScope.scopes(grant.scopes),
            createdAt: Timestamp(milliseconds: grant.createdAt), lastUsedAt: try row.optionalTimestamp(3),
            revokedAt: grant.revokedAt.map(Timestamp.init(milliseconds:)))
    }

    private func credentialGrant(_ row: any SQLRow) throws -> CredentialGrant? {
        let grant = CredentialGrant(
            tenant: tenantID.description, clientID: try row.text(0), secretHash: try row.blob(6),
            displayName: try row.text(1), scopes: try row.text(5), createdAt: try row.integer(2),
            revokedAt: try row.optionalInteger(4))
        guard try memory.isProven(grant, by: try row.optionalBlob(7), in: db) else { return nil }
        return memory.isNewest(grant, isRevoked: grant.revokedAt != nil, inLog: try row.integer(8) == 1) ? grant : nil
    }

    /// The hash of the secret of an active credential, and its scopes.
    package func login(of id: ClientID) throws -> (secretHash: [UInt8], scopes: Set<CredentialScope>)? {
        let found = try credentialGrant(id)
        guard let found, found.revokedAt == nil else { return nil }
        return (found.secretHash, CredentialScope.scopes(found.scopes))
    }

    private func credentialGrant(_ id: ClientID) throws -> CredentialGrant? {
        try db.row(
            TenantScope.credentialRows + "WHERE c.tenant_id = $1 AND c.client_id = $2",
            [tenantValue, .text(id.description)], credentialGrant) ?? nil
    }

    package func renameCredential(_ id: ClientID, to name: String) throws {
        try update(id) { $0.displayName = name }
    }

    package func revokeCredential(_ id: ClientID, at now: Timestamp) throws {
        try update(id) { $0.revokedAt = $0.revokedAt ?? now.milliseconds }
        db.notify(.revocations)
    }

    /// Changes columns that the proof covers, with a new proof. A row without a valid proof stays unchanged: a new proof would make
    /// it valid.
    private func update(_ id: ClientID, _ change: (inout CredentialGrant) -> Void) throws {
        guard var grant = try credentialGrant(id) else { return }
        change(&grant)
        try db.send(
            "UPDATE credentials SET name = $3, revoked_at = $4, proof = $5 WHERE tenant_id = $1 AND client_id = $2",
            [
                tenantValue, .text(id.description), .text(grant.displayName), SQLValue(grant.revokedAt),
                .blob(memory.proofs.proof(of: grant)),
            ])
        noteChange()
    }

    package func recordLastUse(_ id: ClientID, at now: Timestamp) throws {
        try db.send(
            "UPDATE credentials SET last_used_at = $3 WHERE tenant_id = $1 AND client_id = $2",
            [tenantValue, .text(id.description), .integer(now.milliseconds)])
    }
}
