internal import PharmacyDomain

extension IntegrityWalk<SystemScope> {
    /// Checks the proof of each tenant's row.
    static var tenantGrants: Self {
        Self("tenants") { scope, after, context in
            let rows = try scope.db.rows(
                TenantGrant.columns + "FROM tenants WHERE id > $1 AND erasing_at IS NULL ORDER BY id LIMIT $2",
                [.integer(after), SQLValue(context.limit)]
            ) { row in
                let grant = try TenantGrant(row)
                return (position: grant.row, grant: grant, proof: try row.optionalBlob(TenantGrant.proofColumn))
            }
            return try scope.page(of: rows, limit: context.limit)
        }
    }

    /// Checks the proof of each credential's row.
    static var credentialGrants: Self {
        Self("credentials") { scope, after, context in
            let rows = try scope.db.rows(
                CredentialGrant.columns
                    + "WHERE c.id > $1 AND t.erasing_at IS NULL ORDER BY c.id LIMIT $2",
                [.integer(after), SQLValue(context.limit)]
            ) { row in
                let proof = try row.optionalBlob(CredentialGrant.proofColumn)
                return (position: try row.integer(0), grant: try CredentialGrant(row), proof: proof)
            }
            return try scope.page(of: rows, limit: context.limit)
        }
    }
}

extension SystemScope {
    fileprivate func page(
        of rows: [(position: Int64, grant: some Grant, proof: [UInt8]?)], limit: Int
    ) throws -> IntegrityPage {
        let findings = try rows.compactMap { row -> IntegrityFinding? in
            if try memory.proofs.holds(row.proof, for: row.grant, in: db) { return nil }
            return IntegrityFinding(
                .grants, tenant: TenantID(row.grant.tenant), subject: row.grant.name, members: ["proof"])
        }
        return IntegrityPage(
            next: rows.count < limit ? nil : rows.last?.position, records: rows.count, findings: findings)
    }
}
