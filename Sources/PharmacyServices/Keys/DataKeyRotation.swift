package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle

/// Seals anew what a tenant's data key of before has sealed, some records at a time beside other work, and removes that
/// key when nothing needs it. A record that is unreadable is left as it is and reported; the key that it is sealed with
/// stays until it has been read, and no other record and no other tenant waits for it.
package struct DataKeyRotation: Service {
    private let environment: ServiceEnvironment
    private let work: BackgroundWork
    private let logger: Logger

    package init(environment: ServiceEnvironment, notifier: ChangeNotifier, logger: Logger) {
        self.environment = environment
        self.logger = logger
        work = BackgroundWork(
            name: "data key rotation", channel: .tenants, notifier: notifier, time: environment.time, logger: logger)
    }

    package func run() async throws {
        await work.run { try await resealDue() }
    }

    /// Seals all anew that is to be, and removes the keys that nothing needs any more.
    /// - Returns: when the next key may be removed, or the next record is tried again.
    package func resealDue() async throws -> Timestamp? {
        var next: Timestamp?
        let held = try await environment.quarantine.heldTenants()
        let tenants = try await environment.store.systemRead { try $0.tenantsResealing() }
        try await tryEach(tenants.filter { !held.contains($0) }) { tenant in
            // A tenant that was deleted meanwhile has lost both its keys, and needs neither.
            let key = QuarantinedItem.Key(.tenant, of: tenant)
            let moment = try await environment.quarantine.isolating(key) { try await reseal(tenant) }
            next = [next, moment ?? nil].compactMap(\.self).min()
        }
        return next
    }

    private func reseal(_ tenant: TenantID) async throws -> Timestamp? {
        let store = environment.store
        while try await note(store.write(tenant, resealSome)) { try Task.checkCancellation() }
        while try await note(store.write(tenant, resealQuarantined)) { try Task.checkCancellation() }
        return try await retire(tenant)
    }

    private var resealSome: @Sendable (TenantScope) throws -> ReencryptedBatch {
        let now = environment.now
        return { try $0.resealSome(limit: ServiceLimits.resealBatch, at: now) }
    }

    private var resealQuarantined: @Sendable (TenantScope) throws -> ReencryptedBatch {
        let now = environment.now
        return { try $0.resealQuarantined(limit: ServiceLimits.resealBatch, at: now) }
    }

    /// - Returns: whether there may be more.
    private func note(_ batch: ReencryptedBatch) async -> Bool {
        environment.quarantine.note(batch.failures)
        for key in batch.healed { environment.quarantine.noteHealed(key) }
        return batch.mayBeMore
    }

    /// Removes the key before, once the outcomes that were kept under it have run out and no record needs it.
    /// - Returns: when to look again, while there is anything to come.
    private func retire(_ tenant: TenantID) async throws -> Timestamp? {
        let now = environment.now
        return try await environment.store.write(tenant) { scope in
            guard let resealing = try scope.resealing(), resealing.finishedAt != nil else { return nil }
            let moment = resealing.startedAt + ServiceLimits.idempotencyKept
            guard resealing.outstanding == 0 else { return resealing.nextTryAt }
            guard moment <= now else { return moment }
            try scope.retirePreviousDataKey()
            scope.audit(.dataKeyRetired, [tenant.description], at: now)
            return nil
        }
    }
}
