package import Logging
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle

/// Records how much each key has sealed, and replaces data keys long before they have sealed too much (`SealPolicy`).
package struct SealAccounting: Service {
    private let environment: ServiceEnvironment
    private let work: PeriodicWork
    private let logger: Logger

    package init(environment: ServiceEnvironment, logger: Logger) {
        self.environment = environment
        self.logger = logger
        work = PeriodicWork(
            name: "counting seals", interval: ServiceLimits.sealCountInterval, time: environment.time, logger: logger)
    }

    package func run() async throws {
        await work.run { try await count() }
        do {
            try await environment.store.recordSeals()
        } catch {
            logger.warning("the last seals could not be counted", metadata: ["error": "\(FailureCause.words(error))"])
        }
    }

    /// Records the counts and gives tenants new data keys where it is time; `DataKeyRotation` re-encrypts their records.
    package func count(replacingAt limit: Int64 = SealPolicy.replacementCount) async throws {
        try await environment.store.recordSeals()
        let (now, entropy) = (environment.now, environment.entropy)
        let tenants = try await environment.store.systemRead { try $0.tenantsWithSeals(atLeast: limit) }
        try await tryEach(tenants) { tenant in
            do {
                try await replaceDataKey(of: tenant, with: entropy.bytes(SealingKey.length), at: now)
            } catch StoreError.noSuchTenant {
                // It was deleted meanwhile, or is being wiped.
            }
        }
    }

    private func replaceDataKey(of tenant: TenantID, with bytes: [UInt8], at now: Timestamp) async throws {
        let isReplaced = try await environment.store.write(tenant) { scope in
            let isReplaced = try scope.replaceDataKey(with: bytes, at: now)
            if isReplaced { scope.audit(.keyRotated, [tenant.description], at: now) }
            return isReplaced
        }
        guard isReplaced else { return }
        logger.notice("a data key has sealed much and was replaced", metadata: ["tenant": "\(tenant)"])
    }
}
