package import PharmacyDomain

extension TenantScope {
    // MARK: Setup tokens

    /// Keeps a setup token; one that is kept already is good again.
    /// - Parameter expiresAt: `nil` for never.
    /// - Returns: whether it was not good before.
    package func insertSetupToken(hash: [UInt8], expiresAt: Timestamp?, at now: Timestamp) throws -> Bool {
        try db.run(
            """
            INSERT INTO setup_tokens (token_hash, tenant_id, created_at, expires_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (token_hash) DO UPDATE SET revoked_at = NULL
            WHERE setup_tokens.tenant_id = $2 AND setup_tokens.revoked_at IS NOT NULL
            """,
            [.blob(hash), tenantValue, .integer(now.milliseconds), SQLValue(expiresAt?.milliseconds)]) > 0
    }

    /// Revokes the tenant's setup tokens that are neither used nor this one.
    /// - Returns: how many.
    package func revokeSetupTokens(except hash: [UInt8], at now: Timestamp) throws -> Int {
        try db.run(
            """
            UPDATE setup_tokens SET revoked_at = $3
            WHERE tenant_id = $1 AND token_hash <> $2 AND revoked_at IS NULL AND used_at IS NULL
            """, [tenantValue, .blob(hash), .integer(now.milliseconds)])
    }

    /// Whether a setup token is good.
    /// - Parameter spending: it is used up by this.
    package func acceptSetupToken(hash: [UInt8], spending: Bool, at now: Timestamp) throws -> Bool {
        let isGood = try db.row(
            """
            SELECT 1 FROM setup_tokens
            WHERE token_hash = $1 AND tenant_id = $2 AND used_at IS NULL AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > $3)
            """, [.blob(hash), tenantValue, .integer(now.milliseconds)]
        ) { _ in true }
        guard isGood == true else { return false }
        if spending {
            try db.send(
                "UPDATE setup_tokens SET used_at = $2 WHERE token_hash = $1",
                [.blob(hash), .integer(now.milliseconds)])
        }
        return true
    }

    /// Whether a setup token was ever this tenant's, used up or not.
    package func knowsSetupToken(hash: [UInt8]) throws -> Bool {
        try db.row(
            "SELECT 1 FROM setup_tokens WHERE token_hash = $1 AND tenant_id = $2 AND revoked_at IS NULL",
            [.blob(hash), tenantValue]
        ) { _ in true } ?? false
    }

    // MARK: Credentials

    private static let credentialColumns: SQL =
        "SELECT client_id, name, created_at, last_used_at, revoked_at, scopes FROM credentials"

    package func insertCredential(_ credential: Credential, secretHash: [UInt8]) throws {
        try db.send(
            """
            INSERT INTO credentials (tenant_id, client_id, secret_hash, name, created_at, scopes)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                tenantValue, .text(credential.id.description), .blob(secretHash), .text(credential.name),
                .integer(credential.createdAt.milliseconds), .text(CredentialScope.text(credential.scopes)),
            ])
    }

    package func activeCredentialCount() throws -> Int {
        try db.row(
            "SELECT COUNT(*) FROM credentials WHERE tenant_id = $1 AND revoked_at IS NULL", [tenantValue]
        ) { Int(try $0.integer(0)) } ?? 0
    }

    /// Newest first.
    package func credentials(includingRevoked: Bool) throws -> [Credential] {
        let choice: SQL = includingRevoked ? "" : "AND revoked_at IS NULL"
        return try db.rows(
            TenantScope.credentialColumns + "WHERE tenant_id = $1" + choice + "ORDER BY id DESC", [tenantValue],
            TenantScope.credential)
    }

    package func credential(_ id: ClientID) throws -> Credential? {
        try db.row(
            TenantScope.credentialColumns + "WHERE tenant_id = $1 AND client_id = $2",
            [tenantValue, .text(id.description)], TenantScope.credential)
    }

    private static func credential(_ row: any SQLRow) throws -> Credential {
        guard let id = ClientID(try row.text(0)) else { throw StoreError.broken("a client id cannot be read") }
        return Credential(
            id: id, name: try row.text(1), scopes: CredentialScope.scopes(try row.text(5)),
            createdAt: try row.timestamp(2),
            lastUsedAt: try row.optionalTimestamp(3),
            revokedAt: try row.optionalTimestamp(4))
    }

    /// The hash of the secret of an active credential, and its scopes.
    package func login(of id: ClientID) throws -> (secretHash: [UInt8], scopes: Set<CredentialScope>)? {
        try db.row(
            "SELECT secret_hash, scopes FROM credentials WHERE tenant_id = $1 AND client_id = $2 AND revoked_at IS NULL",
            [tenantValue, .text(id.description)]
        ) { (try $0.blob(0), CredentialScope.scopes(try $0.text(1))) }
    }

    package func renameCredential(_ id: ClientID, to name: String) throws {
        try db.send(
            "UPDATE credentials SET name = $3 WHERE tenant_id = $1 AND client_id = $2",
            [tenantValue, .text(id.description), .text(name)])
    }

    package func revokeCredential(_ id: ClientID, at now: Timestamp) throws {
        try db.send(
            """
            UPDATE credentials SET revoked_at = $3
            WHERE tenant_id = $1 AND client_id = $2 AND revoked_at IS NULL
            """,
            [tenantValue, .text(id.description), .integer(now.milliseconds)])
        db.ring(.revocations)
    }

    package func touchCredential(_ id: ClientID, at now: Timestamp) throws {
        try db.send(
            "UPDATE credentials SET last_used_at = $3 WHERE tenant_id = $1 AND client_id = $2",
            [tenantValue, .text(id.description), .integer(now.milliseconds)])
    }

    // MARK: Tokens

    package func insertFamily(_ family: TokenFamilyID, of client: ClientID, at now: Timestamp) throws {
        try db.send(
            """
            INSERT INTO token_families (uuid, credential_id, created_at)
            SELECT $3, id, $4 FROM credentials WHERE tenant_id = $1 AND client_id = $2
            """,
            [tenantValue, .text(client.description), .text(family.description), .integer(now.milliseconds)])
    }

    package func insertRefreshToken(hash: [UInt8], family: TokenFamilyID, expiresAt: Timestamp) throws {
        try db.send(
            """
            INSERT INTO refresh_tokens (token_hash, family_id, expires_at)
            SELECT $1, id, $3 FROM token_families WHERE uuid = $2
            """,
            [.blob(hash), .text(family.description), .integer(expiresAt.milliseconds)])
    }

    package func refreshToken(hash: [UInt8]) throws -> RefreshToken? {
        try db.row(
            """
            SELECT c.client_id, f.uuid, r.expires_at, r.used_at,
                CASE WHEN f.revoked_at IS NULL AND c.revoked_at IS NULL THEN 0 ELSE 1 END, c.scopes
            FROM refresh_tokens r JOIN token_families f ON f.id = r.family_id
                JOIN credentials c ON c.id = f.credential_id
            WHERE r.token_hash = $2 AND c.tenant_id = $1
            """, [tenantValue, .blob(hash)]
        ) { row in
            guard let client = ClientID(try row.text(0)), let family = TokenFamilyID(try row.text(1)) else {
                throw StoreError.broken("a refresh token cannot be read")
            }
            return RefreshToken(
                clientID: client, family: family, scopes: CredentialScope.scopes(try row.text(5)),
                expiresAt: try row.timestamp(2),
                usedAt: try row.optionalTimestamp(3),
                isRevoked: try row.integer(4) == 1)
        }
    }

    package func useRefreshToken(hash: [UInt8], at now: Timestamp) throws {
        try db.send(
            "UPDATE refresh_tokens SET used_at = $2 WHERE token_hash = $1",
            [.blob(hash), .integer(now.milliseconds)])
    }

    package func revokeFamily(_ family: TokenFamilyID, at now: Timestamp) throws {
        try db.send(
            """
            UPDATE token_families SET revoked_at = $3
            WHERE uuid = $2 AND revoked_at IS NULL
                AND credential_id IN (SELECT id FROM credentials WHERE tenant_id = $1)
            """,
            [tenantValue, .text(family.description), .integer(now.milliseconds)])
        db.ring(.revocations)
    }

    /// The credential behind a family; `nil` when the family, or the credential, is revoked or unknown.
    package func activeCredential(_ client: ClientID, family: TokenFamilyID) throws -> Credential? {
        try db.row(
            TenantScope.credentialColumns + """
                WHERE tenant_id = $1 AND client_id = $2 AND revoked_at IS NULL AND id = (
                    SELECT credential_id FROM token_families WHERE uuid = $3 AND revoked_at IS NULL)
                """, [tenantValue, .text(client.description), .text(family.description)], TenantScope.credential)
    }
}
