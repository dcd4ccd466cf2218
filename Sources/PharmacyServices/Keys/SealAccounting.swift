package import Logging
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle

/// Records how many records each key has sealed, and rotates data keys long before the limit (`SealPolicy`).
package struct SealAccounting: Service {
    private let environment: ServiceEnvironment
    private let logger: Logger

    package init(environment: ServiceEnvironment, logger: Logger) {
        self.environment = environment
        self.logger = logger
    }

    package func run() async throws {
        await BackgroundJob(
            "counting seals", every: ServiceLimits.sealCountInterval, time: environment.time, logger: logger
        ) { try await count() }.run()
        do {
            try await environment.store.recordSeals()
        } catch {
            logger.warning("the last seals could not be counted", metadata: ["error": "\(FailureCause.words(error))"])
        }
    }

    /// Records the counts, and rotates the data keys that have reached a limit. `DataKeyRotation` re-encrypts the records.
    package func count(rotatingAt limit: Int64 = SealPolicy.rotationCount) async throws {
        try await environment.store.recordSeals()
        let (now, entropy) = (environment.now, environment.entropy)
        let tenants = try await environment.store.systemRead { try $0.tenantsWithSeals(atLeast: limit) }
        try await tryEach(tenants) { tenant in
            do {
                try await rotateDataKey(of: tenant, with: entropy.bytes(SealingKey.length), at: now)
            } catch StoreError.noSuchTenant {
                // The tenant was deleted meanwhile, or is being wiped.
            }
        }
    }

    private func rotateDataKey(of tenant: TenantID, with bytes: [UInt8], at now: Timestamp) async throws {
        let isRotated = try await environment.store.write(tenant) { scope in
            let isRotated = try scope.rotateDataKey(with: bytes, at: now)
            if isRotated { scope.audit(.keyRotated, [tenant.description], at: now) }
            return isRotated
        }
        guard isRotated else { return }
        logger.notice("a data key was rotated because it has sealed many records", metadata: ["tenant": "\(tenant)"])
    }
}
