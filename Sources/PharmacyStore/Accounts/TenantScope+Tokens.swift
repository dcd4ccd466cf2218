package import PharmacyDomain

extension TenantScope {
    /// The columns that `family(_:from:of:)` reads from `token_families f`. The last one is 1 where the audit log contains the
    /// family's revocation. The condition is exactly that of the index `audit_revocations`.
    private static let familyColumns: SQL = """
        f.uuid, f.created_at, f.revoked_at, f.proof,
            CASE WHEN EXISTS (
                SELECT 1 FROM audit_entries a
                WHERE a.action IN ('credential.revoked', 'token.revoked', 'token.reuse_detected')
                    AND a.subjects = f.uuid) THEN 1 ELSE 0 END
        """
    private static let familyColumnCount = 5

    /// - Parameter expiresAt: when the family's last token expires.
    package func insertFamily(
        _ family: TokenFamilyID, of client: ClientID, expiresAt: Timestamp, at now: Timestamp
    ) throws {
        let grant = TokenFamilyGrant(
            tenant: tenantID.description, family: family.description, clientID: client.description,
            createdAt: now.milliseconds, revokedAt: nil)
        try db.send(
            """
            INSERT INTO token_families (uuid, credential_id, created_at, expires_at, proof)
            SELECT $3, id, $4, $5, $6 FROM credentials WHERE tenant_id = $1 AND client_id = $2
            """,
            [
                tenantValue, .text(client.description), .text(family.description), .integer(now.milliseconds),
                .integer(expiresAt.milliseconds), .blob(memory.proofs.proof(of: grant)),
            ])
    }

    package func insertRefreshToken(hash: [UInt8], family: TokenFamilyID, expiresAt: Timestamp) throws {
        let grant = RefreshTokenGrant(
            tenant: tenantID.description, hash: hash, family: family.description, expiresAt: expiresAt.milliseconds,
            usedAt: nil)
        try db.send(
            """
            INSERT INTO refresh_tokens (token_hash, family_id, expires_at, proof)
            SELECT $1, id, $3, $4 FROM token_families WHERE uuid = $2
            """,
            [
                .blob(hash), .text(family.description), .integer(expiresAt.milliseconds),
                .blob(memory.proofs.proof(of: grant)),
            ])
    }

    /// Retains a family until its newest token expires.
    package func extendFamily(_ family: TokenFamilyID, until expiresAt: Timestamp) throws {
        try db.send(
            "UPDATE token_families SET expires_at = $2 WHERE uuid = $1 AND expires_at < $2",
            [.text(family.description), .integer(expiresAt.milliseconds)])
    }

    /// - Returns: `nil` for an unknown token, and where the token, its family or its credential has no valid proof.
    package func refreshToken(hash: [UInt8]) throws -> RefreshToken? {
        try db.row(
            TenantScope.credentialColumns + "," + TenantScope.familyColumns + """
                , r.expires_at, r.used_at, r.proof
                FROM refresh_tokens r JOIN token_families f ON f.id = r.family_id
                    JOIN credentials c ON c.id = f.credential_id
                WHERE r.token_hash = $2 AND c.tenant_id = $1
                """, [tenantValue, .blob(hash)]
        ) { row -> RefreshToken? in
            let next = TenantScope.credentialColumnCount
            guard let credential = try self.credential(row),
                let family = try self.family(row, from: next, of: credential.id),
                let token = try refreshToken(
                    row, hash: hash, family: family.grant.family, from: next + TenantScope.familyColumnCount)
            else { return nil }
            return RefreshToken(
                clientID: credential.id, family: family.id, scopes: credential.scopes,
                expiresAt: Timestamp(milliseconds: token.expiresAt),
                usedAt: token.usedAt.map(Timestamp.init(milliseconds:)),
                isRevoked: family.grant.revokedAt != nil || credential.revokedAt != nil)
        } ?? nil
    }

    /// Reads `familyColumns`; `nil` for a row without a valid proof.
    func family(
        _ row: any SQLRow, from column: Int, of client: ClientID
    ) throws -> (id: TokenFamilyID, grant: TokenFamilyGrant)? {
        let grant = TokenFamilyGrant(
            tenant: tenantID.description, family: try row.text(column), clientID: client.description,
            createdAt: try row.integer(column + 1), revokedAt: try row.optionalInteger(column + 2))
        guard try memory.isProven(grant, by: try row.optionalBlob(column + 3), in: db),
            memory.isNewest(grant, isRevoked: grant.revokedAt != nil, inLog: try row.integer(column + 4) == 1)
        else { return nil }
        guard let id = TokenFamilyID(grant.family) else { throw StoreError.broken("a token family cannot be read") }
        return (id, grant)
    }

    /// Reads `expires_at, used_at, proof` of a refresh token; `nil` without a valid proof.
    private func refreshToken(
        _ row: any SQLRow, hash: [UInt8], family: String, from column: Int
    ) throws -> RefreshTokenGrant? {
        let grant = RefreshTokenGrant(
            tenant: tenantID.description, hash: hash, family: family, expiresAt: try row.integer(column),
            usedAt: try row.optionalInteger(column + 1))
        return try memory.isProven(grant, by: try row.optionalBlob(column + 2), in: db) ? grant : nil
    }

    /// Uses up a refresh token.
    /// - Parameter token: the result of `refreshToken(hash:)` in this transaction.
    package func useRefreshToken(_ token: RefreshToken, hash: [UInt8], at now: Timestamp) throws {
        let grant = RefreshTokenGrant(
            tenant: tenantID.description, hash: hash, family: token.family.description,
            expiresAt: token.expiresAt.milliseconds, usedAt: now.milliseconds)
        try db.send(
            "UPDATE refresh_tokens SET used_at = $2, proof = $3 WHERE token_hash = $1",
            [.blob(hash), .integer(now.milliseconds), .blob(memory.proofs.proof(of: grant))])
    }

    /// Revokes a family. A family that is revoked already, or has no valid proof, stays unchanged.
    package func revokeFamily(_ family: TokenFamilyID, at now: Timestamp) throws {
        let found =
            try db.row(
                "SELECT c.client_id," + TenantScope.familyColumns + """
                    FROM token_families f JOIN credentials c ON c.id = f.credential_id
                    WHERE f.uuid = $2 AND c.tenant_id = $1
                    """, [tenantValue, .text(family.description)]
            ) { row -> TokenFamilyGrant? in
                guard let client = ClientID(try row.text(0)) else { return nil }
                return try self.family(row, from: 1, of: client)?.grant
            } ?? nil
        if var grant = found, grant.revokedAt == nil {
            grant.revokedAt = now.milliseconds
            try db.send(
                """
                UPDATE token_families SET revoked_at = $3, expires_at = $3, proof = $4
                WHERE uuid = $2 AND credential_id IN (SELECT id FROM credentials WHERE tenant_id = $1)
                """,
                [
                    tenantValue, .text(family.description), .integer(now.milliseconds),
                    .blob(memory.proofs.proof(of: grant)),
                ])
        }
        db.notify(.revocations)
    }

    /// The credential of a family; `nil` where the family or the credential is unknown, revoked, or without a valid proof.
    package func activeCredential(_ client: ClientID, family: TokenFamilyID) throws -> Credential? {
        try db.row(
            TenantScope.credentialColumns + "," + TenantScope.familyColumns + """
                FROM credentials c JOIN token_families f ON f.credential_id = c.id
                WHERE c.tenant_id = $1 AND c.client_id = $2 AND c.revoked_at IS NULL
                    AND f.uuid = $3 AND f.revoked_at IS NULL
                """, [tenantValue, .text(client.description), .text(family.description)]
        ) { row -> Credential? in
            guard let credential = try self.credential(row),
                try self.family(row, from: TenantScope.credentialColumnCount, of: credential.id) != nil
            else { return nil }
            return credential
        } ?? nil
    }
}

extension SystemScope {
    /// Removes token families that were revoked, or whose last token expired, before `moment`, with their tokens. Access tokens of a
    /// removed family have expired or are refused, because its row is missing.
    /// - Returns: how many families were removed.
    package func pruneFamilies(endedBefore moment: Timestamp, limit: Int) throws -> Int {
        try db.run(
            """
            WITH ended AS (
                SELECT id FROM token_families WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2
                FOR UPDATE SKIP LOCKED)
            DELETE FROM token_families WHERE id IN (SELECT id FROM ended)
            """, [.integer(moment.milliseconds), SQLValue(limit)])
    }
}
