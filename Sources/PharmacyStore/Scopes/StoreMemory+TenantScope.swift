internal import PharmacyDomain

extension StoreMemory {
    /// Opens the scope of a tenant: reads its row, checks the row's proof and opens its data keys.
    /// - Parameters:
    ///   - isChanging: also reads the time of the newest change, for `TenantScope.stamp`, and whether the tenant has active
    ///     endpoints, for the events of orders, in the same statement.
    ///   - wiping: also opens a sandbox whose wipe is in progress.
    /// - Throws: `StoreError.noSuchTenant`; `StoreError.alteredTenant` where the row is not as this installation wrote it.
    func scope(
        of tenant: TenantID, in db: any SQLConnection, origin: AuditOrigin, isChanging: Bool = false,
        wiping: Bool = false
    ) throws -> TenantScope {
        let indexTime = patientIndexes.time
        let next = TenantGrant.proofColumn + 1
        let statement =
            switch (isChanging, wiping) {
            case (false, false): StoreMemory.tenantRow
            case (true, false): StoreMemory.changingTenantRow
            case (false, true): StoreMemory.wipingTenantRow
            case (true, true): StoreMemory.changingWipingTenantRow
            }
        let found = try db.row(statement, [.text(tenant.description)]) { row in
            (
                grant: try TenantGrant(row), proof: try row.optionalBlob(TenantGrant.proofColumn),
                hasClearIdentifiers: try row.integer(next) == 1,
                newest: isChanging ? try TenantScope.readNewestChange(row, from: next + 1) : nil,
                hasActiveEndpoints: isChanging ? try row.integer(next + 4) == 1 : nil
            )
        }
        guard let found else { throw StoreError.noSuchTenant }
        guard try isProven(tenant: found.grant, by: found.proof, in: db),
            let kind = Tenant.Kind(rawValue: found.grant.kind)
        else { throw StoreError.alteredTenant }
        return TenantScope(
            db: db, memory: self, tenantID: tenant, tenant: found.grant.row, kind: kind,
            key: try keyring.key(found.grant.dataKey, in: db),
            previousKey: try found.grant.previousDataKey.map { try keyring.key($0, in: db) },
            hasClearIdentifiers: found.hasClearIdentifiers,
            changes: ChangeClock(newest: found.newest, hasActiveEndpoints: found.hasActiveEndpoints), origin: origin,
            indexTime: indexTime)
    }

    // Every transaction of a tenant begins with one of these statements, so they are concatenated only once.
    static let tenantRow = tenantColumns + unerased + unwiped
    static let changingTenantRow = changingTenantColumns + unerased + unwiped
    static let wipingTenantRow = tenantColumns + unerased
    static let changingWipingTenantRow = changingTenantColumns + unerased

    private static let tenantColumns = TenantGrant.columns + ", clear_identifiers"
    private static let changingTenantColumns =
        tenantColumns + "," + TenantScope.newestChangeColumns + "," + TenantScope.activeEndpoints
    private static let unerased: SQL = "FROM tenants WHERE uuid = $1 AND erasing_at IS NULL"
    private static let unwiped: SQL = "AND wiping_at IS NULL"
}
