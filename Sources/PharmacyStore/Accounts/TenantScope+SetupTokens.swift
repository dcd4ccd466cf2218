package import PharmacyDomain

extension TenantScope {
    private static let setupTokenColumns: SQL =
        "SELECT token_hash, created_at, expires_at, used_at, revoked_at, proof FROM setup_tokens"

    /// Reads `setupTokenColumns`; `nil` for a row without a valid proof.
    private func setupToken(_ row: any SQLRow) throws -> SetupTokenGrant? {
        let grant = SetupTokenGrant(
            tenant: tenantID.description, hash: try row.blob(0), createdAt: try row.integer(1),
            expiresAt: try row.optionalInteger(2), usedAt: try row.optionalInteger(3),
            revokedAt: try row.optionalInteger(4))
        return try memory.isProven(grant, by: try row.optionalBlob(5), in: db) ? grant : nil
    }

    private func setupToken(hash: [UInt8]) throws -> SetupTokenGrant? {
        try db.row(
            TenantScope.setupTokenColumns + "WHERE token_hash = $1 AND tenant_id = $2", [.blob(hash), tenantValue],
            setupToken) ?? nil
    }

    /// Stores when a setup token was used or revoked, with a new proof.
    private func update(_ grant: SetupTokenGrant) throws {
        try db.send(
            "UPDATE setup_tokens SET used_at = $3, revoked_at = $4, proof = $5 WHERE token_hash = $1 AND tenant_id = $2",
            [
                .blob(grant.hash), tenantValue, SQLValue(grant.usedAt), SQLValue(grant.revokedAt),
                .blob(memory.proofs.proof(of: grant)),
            ])
    }

    /// Stores a setup token. A revoked token becomes valid again, and an altered row is replaced.
    /// - Parameter expiresAt: `nil`: never.
    /// - Returns: whether the token was not valid before.
    package func insertSetupToken(hash: [UInt8], expiresAt: Timestamp?, at now: Timestamp) throws -> Bool {
        if var known = try setupToken(hash: hash) {
            guard known.revokedAt != nil else { return false }
            known.revokedAt = nil
            try update(known)
            return true
        }
        let grant = SetupTokenGrant(
            tenant: tenantID.description, hash: hash, createdAt: now.milliseconds,
            expiresAt: expiresAt?.milliseconds, usedAt: nil, revokedAt: nil)
        return try db.run(
            """
            INSERT INTO setup_tokens (token_hash, tenant_id, created_at, expires_at, proof) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (token_hash) DO UPDATE SET created_at = excluded.created_at, expires_at = excluded.expires_at,
                used_at = NULL, revoked_at = NULL, proof = excluded.proof
            WHERE setup_tokens.tenant_id = $2
            """,
            [
                .blob(hash), tenantValue, .integer(now.milliseconds), SQLValue(expiresAt?.milliseconds),
                .blob(memory.proofs.proof(of: grant)),
            ]) > 0
    }

    /// Revokes the tenant's unused setup tokens except one.
    /// - Returns: how many were revoked.
    package func revokeSetupTokens(except hash: [UInt8], at now: Timestamp) throws -> Int {
        let valid = try db.rows(
            TenantScope.setupTokenColumns
                + "WHERE tenant_id = $1 AND token_hash <> $2 AND revoked_at IS NULL AND used_at IS NULL",
            [tenantValue, .blob(hash)], setupToken
        ).compactMap(\.self)
        for var grant in valid {
            grant.revokedAt = now.milliseconds
            try update(grant)
        }
        return valid.count
    }

    /// Whether a setup token is valid.
    /// - Parameter spending: whether to use it up.
    package func acceptSetupToken(hash: [UInt8], spending: Bool, at now: Timestamp) throws -> Bool {
        guard var grant = try setupToken(hash: hash), grant.usedAt == nil, grant.revokedAt == nil,
            grant.expiresAt.map({ $0 > now.milliseconds }) ?? true
        else { return false }
        if spending {
            grant.usedAt = now.milliseconds
            try update(grant)
        }
        return true
    }

    /// Whether a setup token belongs to this tenant and is not revoked, used up or not.
    package func knowsSetupToken(hash: [UInt8]) throws -> Bool {
        guard let grant = try setupToken(hash: hash) else { return false }
        return grant.revokedAt == nil
    }
}
