package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle

/// Replaces the identifiers of partners that an earlier version stored in clear by keyed digests, some rows at a time
/// beside other work. Suspended tenants' rows are no exception.
package struct IdentifierSealing: Service {
    private let environment: ServiceEnvironment
    private let work: BackgroundWork
    private let logger: Logger

    package init(environment: ServiceEnvironment, bells: Bells, logger: Logger) {
        self.environment = environment
        self.logger = logger
        work = BackgroundWork(
            name: "sealing of identifiers", bell: .tenants, bells: bells, time: environment.time, logger: logger)
    }

    package func run() async throws {
        await work.run { try await sealDue() }
    }

    /// Replaces what is in clear. A tenant that fails does not keep the others waiting, and is tried again.
    /// - Returns: when to try again; `nil` when nothing is in clear any more.
    package func sealDue() async throws -> Timestamp? {
        var next: Timestamp?
        let held = try await environment.quarantine.heldTenants()
        for tenant in try await environment.store.systemRead({ try $0.tenantsWithClearIdentifiers() }) {
            if held.contains(tenant) {
                next = environment.now + ServiceLimits.failureWait
                continue
            }
            do {
                try await seal(tenant)
                environment.failures.succeeded("sealing a tenant's identifiers")
                logger.notice(
                    "identifiers that an earlier version stored in clear are replaced by digests",
                    metadata: ["tenant": "\(tenant)"])
            } catch StoreError.noSuchTenant {
                // It was deleted meanwhile, and its rows with it.
                continue
            } catch let error as CancellationError {
                throw error
            } catch {
                environment.failures.failed(
                    "sealing a tenant's identifiers", error, metadata: ["tenant": "\(tenant)"])
                next = environment.now + ServiceLimits.failureWait
            }
        }
        return next
    }

    private func seal(_ tenant: TenantID) async throws {
        var position: IdentifierPosition? = .start
        while let current = position {
            try Task.checkCancellation()
            position = try await environment.store.write(tenant) { scope in
                try scope.sealIdentifiers(after: current, limit: ServiceLimits.identifierBatch)
            }
        }
    }
}
