package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle

/// Seals anew what a tenant's data key of before has sealed, some records at a time beside other work, and removes that
/// key when nothing needs it.
package struct DataKeyRotation: Service {
    private let environment: ServiceEnvironment
    private let work: BackgroundWork

    package init(environment: ServiceEnvironment, bells: Bells, logger: Logger) {
        self.environment = environment
        work = BackgroundWork(
            name: "data key rotation", bell: .tenants, bells: bells, time: environment.time, logger: logger)
    }

    package func run() async throws {
        await work.run { try await resealDue() }
    }

    /// Seals all anew that is to be, and removes the keys that nothing needs any more.
    /// - Returns: when the next key may be removed.
    package func resealDue() async throws -> Timestamp? {
        var next: Timestamp?
        for tenant in try await environment.store.systemRead({ try $0.tenantsResealing() }) {
            do {
                while try await resealSome(of: tenant) { try Task.checkCancellation() }
                guard let moment = try await retire(tenant) else { continue }
                next = min(next ?? moment, moment)
            } catch StoreError.noSuchTenant {
                // It was deleted meanwhile, and both its keys with it.
                continue
            }
        }
        return next
    }

    private func resealSome(of tenant: TenantID) async throws -> Bool {
        let now = environment.now
        return try await environment.store.write(tenant) { scope in
            try scope.resealSome(limit: ServiceLimits.resealBatch, at: now)
        }
    }

    /// Removes the key before, once the outcomes that were kept under it have run out.
    /// - Returns: when that will be, while it is still to come.
    private func retire(_ tenant: TenantID) async throws -> Timestamp? {
        let now = environment.now
        return try await environment.store.write(tenant) { scope in
            guard let resealing = try scope.resealing(), resealing.finishedAt != nil else { return nil }
            let moment = resealing.startedAt + ServiceLimits.idempotencyKept
            guard moment <= now else { return moment }
            try scope.retirePreviousDataKey()
            scope.audit(.dataKeyRetired, [tenant.description], at: now)
            return nil
        }
    }
}
