package import PharmacyDomain

/// Sessions of the dashboard.
extension TenantScope {
    /// The columns that `session(_:from:of:)` reads from `sessions s`.
    private static let sessionColumns: SQL = "s.uuid, s.token_hash, s.created_at, s.proof, s.last_used_at"

    package func insertSession(_ session: DashboardSession, hash: [UInt8]) throws {
        let grant = SessionGrant(
            tenant: tenantID.description, session: session.id.description, hash: hash,
            clientID: session.credential.description, createdAt: session.createdAt.milliseconds)
        try db.send(
            """
            INSERT INTO sessions (uuid, token_hash, credential_id, created_at, last_used_at, proof)
            SELECT $3, $4, id, $5, $6, $7 FROM credentials WHERE tenant_id = $1 AND client_id = $2
            """,
            [
                tenantValue, .text(grant.clientID), .text(grant.session), .blob(hash), .integer(grant.createdAt),
                .integer(session.lastUsedAt.milliseconds), .blob(memory.proofs.proof(of: grant)),
            ])
        noteChange()
    }

    /// A session with its credential; `nil` where the session is unknown, the credential is revoked, or either has no valid proof.
    package func session(hash: [UInt8]) throws -> (session: DashboardSession, credential: Credential)? {
        try db.row(
            TenantScope.credentialColumns + "," + TenantScope.sessionColumns + """
                FROM sessions s JOIN credentials c ON c.id = s.credential_id
                WHERE s.token_hash = $2 AND c.tenant_id = $1 AND c.revoked_at IS NULL
                """, [tenantValue, .blob(hash)]
        ) { row -> (session: DashboardSession, credential: Credential)? in
            guard let credential = try self.credential(row),
                let session = try session(row, from: TenantScope.credentialColumnCount, of: credential.id)
            else { return nil }
            return (session, credential)
        } ?? nil
    }

    /// The sessions of all credentials, newest first.
    package func sessions() throws -> [DashboardSession] {
        try db.rows(
            "SELECT c.client_id," + TenantScope.sessionColumns + """
                FROM sessions s JOIN credentials c ON c.id = s.credential_id
                WHERE c.tenant_id = $1 AND c.revoked_at IS NULL ORDER BY s.id DESC
                """, [tenantValue]
        ) { row -> DashboardSession? in
            try ClientID(try row.text(0)).flatMap { try session(row, from: 1, of: $0) }
        }.compactMap(\.self)
    }

    private func session(_ row: any SQLRow, from column: Int, of client: ClientID) throws -> DashboardSession? {
        let grant = SessionGrant(
            tenant: tenantID.description, session: try row.text(column), hash: try row.blob(column + 1),
            clientID: client.description, createdAt: try row.integer(column + 2))
        guard try memory.isProven(grant, by: try row.optionalBlob(column + 3), in: db) else { return nil }
        guard let id = SessionID(grant.session) else { throw StoreError.broken("a session cannot be read") }
        return DashboardSession(
            id: id, credential: client, createdAt: Timestamp(milliseconds: grant.createdAt),
            lastUsedAt: try row.timestamp(column + 4))
    }

    package func recordUse(of session: SessionID, at now: Timestamp) throws {
        try db.send(
            """
            UPDATE sessions SET last_used_at = $3
            WHERE uuid = $2 AND credential_id IN (SELECT id FROM credentials WHERE tenant_id = $1)
            """, [tenantValue, .text(session.description), .integer(now.milliseconds)])
    }

    /// Ends a session.
    /// - Returns: whether there was one.
    package func endSession(_ id: SessionID) throws -> Bool {
        noteChange()
        return try db.run(
            """
            DELETE FROM sessions
            WHERE uuid = $2 AND credential_id IN (SELECT id FROM credentials WHERE tenant_id = $1)
            """, [tenantValue, .text(id.description)]) > 0
    }

    /// Ends the oldest sessions of a credential.
    /// - Parameter count: how many stay.
    package func endSessions(of client: ClientID, exceptNewest count: Int) throws {
        noteChange()
        try db.send(
            """
            DELETE FROM sessions WHERE id IN (
                SELECT s.id FROM sessions s JOIN credentials c ON c.id = s.credential_id
                WHERE c.tenant_id = $1 AND c.client_id = $2 ORDER BY s.id DESC LIMIT 1000 OFFSET $3)
            """, [tenantValue, .text(client.description), SQLValue(count)])
    }
}

extension SystemScope {
    /// The tenant of a session.
    package func tenant(withSession hash: [UInt8]) throws -> Tenant? {
        try tenant(
            "AND id = (SELECT c.tenant_id FROM sessions s JOIN credentials c ON c.id = s.credential_id WHERE s.token_hash = $1)",
            .blob(hash))
    }

    /// The tenant of a credential.
    package func tenant(withCredential id: ClientID) throws -> Tenant? {
        try tenant("AND id = (SELECT tenant_id FROM credentials WHERE client_id = $1)", .text(id.description))
    }
}
