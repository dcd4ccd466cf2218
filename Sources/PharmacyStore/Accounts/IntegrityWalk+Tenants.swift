internal import PharmacyDomain

extension IntegrityWalk<TenantScope> {
    /// Checks the secrets of the tenant's own row.
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

    /// Checks the totals, each in its own snapshot.
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
