internal import PharmacyDomain

/// Compares a total with all of a tenant's rows of a table. The statement selects a row where they disagree.
///
/// It is one statement, so that the total and the rows come from one snapshot. Over a million rows of an index it takes about a
/// tenth of a second.
struct IntegrityTotal: Sendable {
    let kind: IntegrityKind
    let member: String
    /// `$1` is the tenant's row; `binds` start at `$2`.
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
