internal import PharmacyDomain

/// Adds proofs to the rows of an earlier version, once in the life of an installation, and replaces proofs when their key is
/// rotated. After the conversion a row without a proof is not genuine.
///
/// Somebody who can write the database must not be able to make the conversion run again over forged rows. Therefore its
/// completion is a mark that the master key seals (`Keyring.Mark`), without which the database does not open.
struct GrantConversion {
    private let db: any SQLConnection
    private let proofs: GrantProofs
    /// The proofs that rows must have to get new ones; `nil`: rows must have none.
    private let former: GrantProofs?

    /// The proofs of an installation. Where there is no key yet, one is created.
    /// - Throws: `StoreError.broken` where the key was lost.
    static func proofs(_ keyring: Keyring, at now: Timestamp, in db: any SQLConnection) throws -> GrantProofs {
        let proofs = try provenRows(keyring, at: now, in: db)
        if try !keyring.hasMark(.scopesDivided, in: db) {
            try GrantConversion(db: db, proofs: proofs, former: proofs).divideScopes()
            try keyring.setMark(.scopesDivided, in: db)
        }
        return proofs
    }

    private static func provenRows(
        _ keyring: Keyring, at now: Timestamp, in db: any SQLConnection
    ) throws -> GrantProofs {
        let isDone = try keyring.hasMark(.grantsProven, in: db)
        if let proofs = try GrantProofKeys.stored(keyring, in: db) {
            guard isDone else { throw StoreError.broken("the master key's check was put back to an earlier state") }
            return proofs
        }
        guard !isDone else { throw StoreError.broken("the key of the authorization data is missing") }
        let key = SystemRandomness.bytes(SealingKey.length)
        let created = try keyring.create(
            .installation, name: GrantProofKeys.name, bytes: key, at: now.milliseconds, in: db)
        let proofs = GrantProofs(key: key, id: created.number, createdAt: now.milliseconds)
        try GrantConversion(db: db, proofs: proofs, former: nil).run()
        try keyring.setMark(.grantsProven, in: db)
        return proofs
    }

    /// Replaces every valid proof, in the caller's transaction. A row without a valid proof stays unproven.
    static func replaceProofs(_ former: GrantProofs, with proofs: GrantProofs, in db: any SQLConnection) throws {
        try GrantConversion(db: db, proofs: proofs, former: former).run()
    }

    /// The new proof of a row; `nil`: the row stays unchanged.
    private func proof(of grant: some Grant, having stored: [UInt8]?) -> [UInt8]? {
        let isGenuine = former.map { $0.holds(stored, for: grant) } ?? (stored == nil)
        return isGenuine ? proofs.proof(of: grant) : nil
    }

    /// Adds or replaces proofs in the caller's transaction.
    private func run() throws {
        try proveTenants()
        try proveSetupTokens()
        try proveCredentials()
        try proveFamilies()
        try proveRefreshTokens()
        // There are none before the first proofs.
        if former != nil { try proveSessions() }
    }

    /// Processes the pages of a table one after another.
    private func pages<Key, Change>(
        from start: Key, _ page: (Key) throws -> [(key: Key, change: Change?)], _ write: (Key, Change) throws -> Void
    ) throws {
        var last = start
        while true {
            let rows = try page(last)
            for row in rows { if let change = row.change { try write(row.key, change) } }
            guard rows.count == StoreLimits.provenRows, let end = rows.last else { return }
            last = end.key
        }
    }

    private func pages(
        _ rows: SQL, update: SQL, _ read: (any SQLRow) throws -> (key: Int64, change: [UInt8]?)
    ) throws {
        try pages(from: Int64.min) { last in
            try db.rows(rows, [.integer(last), SQLValue(StoreLimits.provenRows)], read)
        } _: { key, proof in
            try db.send(update, [.integer(key), .blob(proof)])
        }
    }

    private func pages(
        _ rows: SQL, update: SQL, _ read: (any SQLRow) throws -> (key: [UInt8], change: [UInt8]?)
    ) throws {
        try pages(from: [UInt8]()) { last in
            try db.rows(rows, [.blob(last), SQLValue(StoreLimits.provenRows)], read)
        } _: { key, proof in
            try db.send(update, [.blob(key), .blob(proof)])
        }
    }

    private func proveTenants() throws {
        try pages(
            TenantGrant.columns + "FROM tenants WHERE id > $1 ORDER BY id LIMIT $2",
            update: "UPDATE tenants SET proof = $2 WHERE id = $1"
        ) { row -> (key: Int64, change: [UInt8]?) in
            let grant = try TenantGrant(row)
            return (grant.row, proof(of: grant, having: try row.optionalBlob(TenantGrant.proofColumn)))
        }
    }

    private func proveSetupTokens() throws {
        try pages(
            """
            SELECT s.token_hash, t.uuid, s.created_at, s.expires_at, s.used_at, s.revoked_at, s.proof
            FROM setup_tokens s JOIN tenants t ON t.id = s.tenant_id
            WHERE s.token_hash > $1 ORDER BY s.token_hash LIMIT $2
            """, update: "UPDATE setup_tokens SET proof = $2 WHERE token_hash = $1"
        ) { row -> (key: [UInt8], change: [UInt8]?) in
            let grant = SetupTokenGrant(
                tenant: try row.text(1), hash: try row.blob(0), createdAt: try row.integer(2),
                expiresAt: try row.optionalInteger(3), usedAt: try row.optionalInteger(4),
                revokedAt: try row.optionalInteger(5))
            return (grant.hash, proof(of: grant, having: try row.optionalBlob(6)))
        }
    }

    private func proveCredentials() throws {
        try pages(
            GrantConversion.credentials, update: "UPDATE credentials SET proof = $2 WHERE id = $1"
        ) { row -> (key: Int64, change: [UInt8]?) in
            let stored = try row.optionalBlob(CredentialGrant.proofColumn)
            return (try row.integer(0), proof(of: try CredentialGrant(row), having: stored))
        }
    }

    /// Gives credentials of earlier versions all scopes that their former scopes included, so that they lose no permission.
    private func divideScopes() throws {
        try pages(from: Int64.min) { last in
            try db.rows(GrantConversion.credentials, [.integer(last), SQLValue(StoreLimits.provenRows)]) {
                let grant = try CredentialGrant($0)
                let isGenuine = proofs.holds(try $0.optionalBlob(CredentialGrant.proofColumn), for: grant)
                return (key: try $0.integer(0), change: isGenuine ? grant : nil)
            }
        } _: { id, grant in
            var divided = grant
            divided.scopes = CredentialScope.text(CredentialScope.undivided(grant.scopes))
            try db.send(
                "UPDATE credentials SET scopes = $2, proof = $3 WHERE id = $1",
                [.integer(id), .text(divided.scopes), .blob(proofs.proof(of: divided))])
        }
    }

    private static let credentials = CredentialGrant.columns + "WHERE c.id > $1 ORDER BY c.id LIMIT $2"

    private func proveFamilies() throws {
        try pages(
            """
            SELECT f.id, t.uuid, f.uuid, c.client_id, f.created_at, f.revoked_at, f.proof
            FROM token_families f JOIN credentials c ON c.id = f.credential_id JOIN tenants t ON t.id = c.tenant_id
            WHERE f.id > $1 ORDER BY f.id LIMIT $2
            """, update: "UPDATE token_families SET proof = $2 WHERE id = $1"
        ) { row -> (key: Int64, change: [UInt8]?) in
            let grant = TokenFamilyGrant(
                tenant: try row.text(1), family: try row.text(2), clientID: try row.text(3),
                createdAt: try row.integer(4), revokedAt: try row.optionalInteger(5))
            return (try row.integer(0), proof(of: grant, having: try row.optionalBlob(6)))
        }
    }

    private func proveRefreshTokens() throws {
        try pages(
            """
            SELECT r.token_hash, t.uuid, f.uuid, r.expires_at, r.used_at, r.proof
            FROM refresh_tokens r JOIN token_families f ON f.id = r.family_id
                JOIN credentials c ON c.id = f.credential_id JOIN tenants t ON t.id = c.tenant_id
            WHERE r.token_hash > $1 ORDER BY r.token_hash LIMIT $2
            """, update: "UPDATE refresh_tokens SET proof = $2 WHERE token_hash = $1"
        ) { row -> (key: [UInt8], change: [UInt8]?) in
            let grant = RefreshTokenGrant(
                tenant: try row.text(1), hash: try row.blob(0), family: try row.text(2),
                expiresAt: try row.integer(3), usedAt: try row.optionalInteger(4))
            return (grant.hash, proof(of: grant, having: try row.optionalBlob(5)))
        }
    }

    private func proveSessions() throws {
        try pages(
            """
            SELECT s.id, t.uuid, s.uuid, s.token_hash, c.client_id, s.created_at, s.proof
            FROM sessions s JOIN credentials c ON c.id = s.credential_id JOIN tenants t ON t.id = c.tenant_id
            WHERE s.id > $1 ORDER BY s.id LIMIT $2
            """, update: "UPDATE sessions SET proof = $2 WHERE id = $1"
        ) { row -> (key: Int64, change: [UInt8]?) in
            let grant = SessionGrant(
                tenant: try row.text(1), session: try row.text(2), hash: try row.blob(3), clientID: try row.text(4),
                createdAt: try row.integer(5))
            return (try row.integer(0), proof(of: grant, having: try row.optionalBlob(6)))
        }
    }
}
