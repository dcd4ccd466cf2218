/// All walks, in the order in which they run.
package enum IntegrityChecks {
    package static let ofTenant: [IntegrityWalk<TenantScope>] = [
        .tenant, .totals, .patients, .orders, .events, .deliveries, .endpoints, .registeredEndpoints,
    ]
    package static let ofInstallation: [IntegrityWalk<SystemScope>] =
        [.tenantKeys, .tenantGrants, .credentialGrants, .wrappedKeys, .idempotencyRecords]
        + IntegrityReference.all.map(\.walk)
}
