internal import PharmacyDomain

/// Bytes of a digest (HMAC-SHA256).
private let digestLength = 32

extension IntegrityWalk<SystemScope> {
    /// Checks that each tenant's data keys exist and are its own.
    static var tenantKeys: Self {
        Self("tenant keys") { scope, after, context in
            let rows = try scope.db.rows(
                """
                SELECT t.id, t.uuid, t.previous_data_key,
                    (SELECT k.name FROM wrapped_keys k WHERE k.id = t.data_key AND k.purpose = $3),
                    (SELECT k.name FROM wrapped_keys k WHERE k.id = t.previous_data_key AND k.purpose = $3)
                FROM tenants t WHERE t.id > $1 AND t.erasing_at IS NULL ORDER BY t.id LIMIT $2
                """, [.integer(after), SQLValue(context.limit), .text(Keyring.Purpose.tenantData.rawValue)]
            ) { row in
                (
                    position: try row.integer(0), tenant: try row.text(1), hasPrevious: !row.isNull(2),
                    key: try row.optionalText(3), previous: try row.optionalText(4)
                )
            }
            let findings = rows.compactMap { row -> IntegrityFinding? in
                let members = disagreeing([
                    "uuid": TenantID(row.tenant) == nil,
                    "data_key": row.key != row.tenant,
                    "previous_data_key": row.hasPrevious && row.previous != row.tenant,
                ])
                guard !members.isEmpty else { return nil }
                return IntegrityFinding(
                    .tenantKeys, tenant: TenantID(row.tenant), subject: row.tenant, members: members)
            }
            return IntegrityPage(
                next: rows.count < context.limit ? nil : rows.last?.position, records: rows.count, findings: findings)
        }
    }

    /// Checks that each wrapped key unwraps with the master key, and that each data key belongs to a tenant.
    static var wrappedKeys: Self {
        Self("wrapped keys") { scope, after, context in
            let rows = try scope.db.rows(
                """
                SELECT k.id, k.purpose, EXISTS (
                    SELECT 1 FROM tenants t WHERE t.data_key = k.id OR t.previous_data_key = k.id)
                FROM wrapped_keys k WHERE k.id > $1 ORDER BY k.id LIMIT $2
                """, [.integer(after), SQLValue(context.limit)]
            ) { row in
                (position: try row.integer(0), purpose: try row.text(1), isReferred: try row.integer(2) == 1)
            }
            let findings = try rows.compactMap { row -> IntegrityFinding? in
                let members = disagreeing([
                    "purpose": Keyring.Purpose(rawValue: row.purpose) == nil,
                    "wrapped": try !scope.memory.keyring.opens(row.position, in: scope.db),
                    "tenants.data_key": row.purpose == Keyring.Purpose.tenantData.rawValue && !row.isReferred,
                ])
                guard !members.isEmpty else { return nil }
                return IntegrityFinding(
                    .wrappedKeys, tenant: nil, subject: "wrapped_keys:\(row.position)", members: members)
            }
            return IntegrityPage(
                next: rows.count < context.limit ? nil : rows.last?.position, records: rows.count, findings: findings)
        }
    }

    /// Checks the keys and digests of idempotency records. Only a client can open their outcomes.
    static var idempotencyRecords: Self {
        Self("idempotency records") { scope, after, context in
            let rows = try scope.db.rows(
                """
                SELECT i.id, t.uuid, t.data_key, t.previous_data_key, i.outcome, i.key_digest, i.body_digest
                FROM idempotency_records i JOIN tenants t ON t.id = i.tenant_id
                WHERE i.id > $1 ORDER BY i.id LIMIT $2
                """, [.integer(after), SQLValue(context.limit)]
            ) { row in
                (
                    position: try row.integer(0), tenant: try row.text(1),
                    keys: [try row.integer(2), try row.optionalInteger(3)],
                    sealedBy: try? SealingKey.keyNumber(of: try row.blob(4)),
                    digests: [try row.blob(5), try row.blob(6)]
                )
            }
            let findings = rows.compactMap { row -> IntegrityFinding? in
                let members = disagreeing([
                    "outcome": row.sealedBy == nil || !row.keys.contains(row.sealedBy),
                    "key_digest": row.digests[0].count != digestLength,
                    "body_digest": row.digests[1].count != digestLength,
                ])
                guard !members.isEmpty else { return nil }
                return IntegrityFinding(
                    .idempotencyRecords, tenant: TenantID(row.tenant), subject: "idempotency_records:\(row.position)",
                    members: members)
            }
            return IntegrityPage(
                next: rows.count < context.limit ? nil : rows.last?.position, records: rows.count, findings: findings)
        }
    }
}
