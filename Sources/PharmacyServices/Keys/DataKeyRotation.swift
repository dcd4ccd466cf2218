package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle

/// Re-encrypts records that still use a tenant's previous data key, batch by batch and concurrently with other work, and
/// removes that key when nothing needs it any more.
///
/// An unreadable record stays unchanged and is quarantined. Its key is retained until the record can be read; other records
/// and other tenants do not wait for it.
package struct DataKeyRotation: Service {
    private let environment: ServiceEnvironment
    private let notifier: ChangeNotifier
    private let logger: Logger

    package init(environment: ServiceEnvironment, notifier: ChangeNotifier, logger: Logger) {
        self.environment = environment
        self.notifier = notifier
        self.logger = logger
    }

    package func run() async throws {
        await BackgroundJob(
            "data key rotation", on: .tenants, of: notifier, time: environment.time, logger: logger
        ) { try await reencryptDue() }.run()
    }

    /// Re-encrypts all records that are due, and removes keys that are not needed any more.
    /// - Returns: when the next key may be removed, or the next record is tried again; `nil`: nothing is left to do.
    package func reencryptDue() async throws -> Timestamp? {
        var next: Timestamp?
        let held = try await environment.quarantine.heldTenants()
        let tenants = try await environment.store.systemRead { try $0.tenantsBeingReencrypted() }
        try await tryEach(tenants.filter { !held.contains($0) }) { tenant in
            // A tenant that was deleted meanwhile has lost both keys: `isolating` returns `nil`.
            let key = QuarantinedItem.Key(.tenant, of: tenant)
            let moment = try await environment.quarantine.isolating(key) { try await reencrypt(tenant) }
            next = [next, moment ?? nil].compactMap(\.self).min()
        }
        return next
    }

    private func reencrypt(_ tenant: TenantID) async throws -> Timestamp? {
        try await repeatBatches(of: tenant) {
            try $0.reencryptSome(limit: ServiceLimits.reencryptionBatch, at: $1)
        }
        try await repeatBatches(of: tenant) {
            try $0.reencryptQuarantined(limit: ServiceLimits.reencryptionBatch, at: $1)
        }
        return try await retirePreviousKey(of: tenant)
    }

    /// Processes batches until none may be left, each in a transaction of its own.
    private func repeatBatches(
        of tenant: TenantID, _ process: @escaping @Sendable (TenantScope, Timestamp) throws -> ReencryptedBatch
    ) async throws {
        var mayBeMore = true
        while mayBeMore {
            try Task.checkCancellation()
            let now = environment.now
            let batch = try await environment.store.write(tenant) { try process($0, now) }
            environment.quarantine.note(batch.failures)
            for key in batch.recovered { environment.quarantine.noteRecovered(key) }
            mayBeMore = batch.mayBeMore
        }
    }

    /// Removes the previous key when idempotency records under it have expired and no other record needs it.
    /// - Returns: when to try again; `nil`: nothing is left to do.
    private func retirePreviousKey(of tenant: TenantID) async throws -> Timestamp? {
        let now = environment.now
        return try await environment.store.write(tenant) { scope in
            guard let reencryption = try scope.reencryption(), reencryption.finishedAt != nil else { return nil }
            let moment = reencryption.startedAt + ServiceLimits.idempotencyRetention
            guard reencryption.outstanding == 0 else { return reencryption.nextTryAt }
            guard moment <= now else { return moment }
            try scope.retirePreviousDataKey()
            scope.audit(.dataKeyRetired, [tenant.description], at: now)
            return nil
        }
    }
}
