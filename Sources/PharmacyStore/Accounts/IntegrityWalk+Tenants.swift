internal import PharmacyDomain

/// A statement over all of a tenant's rows of a table, which selects a row where the total disagrees.
///
/// It is one statement, because the total and what it counts must be of one moment: over a million rows of an index it
/// takes about a tenth of a second.
struct IntegrityTotal: Sendable {
    let kind: IntegrityKind
    let member: String
    /// Bound is the tenant's row, and what else it needs from `$2` on.
    let sql: SQL
    var binds: [SQLValue] = []

    static let all: [IntegrityTotal] = [
        IntegrityTotal(
            kind: .patientTotals, member: "live_count",
            sql: "SELECT 1 WHERE" + TenantScope.livePatients + """
                <> (SELECT COUNT(*) FROM patients p WHERE p.tenant_id = $1 AND p.deleted_at IS NULL)
                """),
        IntegrityTotal(
            kind: .patientTotals, member: "change_sequence",
            sql: """
                SELECT 1 FROM patients p WHERE p.tenant_id = $1
                GROUP BY p.change_sequence HAVING COUNT(*) > 1 LIMIT 1
                """),
        IntegrityTotal(
            kind: .eventFeed, member: "tenant_sequence",
            sql: "SELECT 1 FROM order_events e WHERE e.tenant_id = $1 AND e.tenant_sequence < 1 LIMIT 1"),
        IntegrityTotal(
            kind: .credentials, member: "active",
            sql: """
                SELECT 1 FROM tenants t WHERE t.id = $1 AND $2 < (
                    SELECT COUNT(*) FROM credentials c WHERE c.tenant_id = t.id AND c.revoked_at IS NULL)
                """, binds: [SQLValue(CredentialPolicy.activeLimit)]),
        IntegrityTotal(
            kind: .webhookSecrets, member: "next_webhook_secret_at",
            sql: """
                SELECT 1 FROM tenants t WHERE t.id = $1
                    AND (t.next_webhook_secret IS NULL) <> (t.next_webhook_secret_at IS NULL)
                """),
        IntegrityTotal(
            kind: .tenantKeys, member: "reseals",
            sql: """
                SELECT 1 FROM tenants t WHERE t.id = $1
                    AND (t.previous_data_key IS NOT NULL) <> EXISTS (SELECT 1 FROM reseals r WHERE r.tenant_id = t.id)
                """),
    ]
}

extension IntegrityWalk<TenantScope> {
    /// What stands on the tenant's own row.
    static var tenant: Self {
        Self("tenant") { scope, _, _ in
            let row = try scope.db.row(
                "SELECT webhook_secret, next_webhook_secret FROM tenants WHERE id = $1", [scope.tenantValue]
            ) { (current: try $0.blob(0), next: try $0.optionalBlob(1)) }
            guard let row else { throw StoreError.noSuchTenant }
            let members = disagreeing([
                "webhook_secret": scope.opened(row.current, "webhook-secret", "") == nil,
                "next_webhook_secret": row.next.map { scope.opened($0, "next-webhook-secret", "") == nil } ?? false,
            ])
            let finding = IntegrityFinding(
                .webhookSecrets, tenant: scope.tenantID, subject: scope.tenantID.description, members: members)
            return IntegrityPage(next: nil, records: 1, findings: members.isEmpty ? [] : [finding])
        }
    }

    /// The totals, each in a snapshot of its own.
    static var totals: Self {
        Self("totals") { scope, after, _ in
            let index = Int(max(after, -1)) + 1
            let total = IntegrityTotal.all[index]
            let isWrong = try scope.db.row(total.sql, [scope.tenantValue] + total.binds) { _ in true } ?? false
            let finding = IntegrityFinding(
                total.kind, tenant: scope.tenantID, subject: scope.tenantID.description, members: [total.member])
            return IntegrityPage(
                next: index + 1 < IntegrityTotal.all.count ? Int64(index) : nil, records: 0,
                findings: isWrong ? [finding] : [])
        }
    }
}
