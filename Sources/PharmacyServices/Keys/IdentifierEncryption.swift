package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle

/// Replaces the identifiers of partners that an earlier version stored in clear by keyed digests, some rows at a time
/// beside other work. Suspended tenants' rows are no exception.
package struct IdentifierEncryption: Service {
    private let environment: ServiceEnvironment
    private let work: BackgroundWork
    private let logger: Logger

    package init(environment: ServiceEnvironment, notifier: ChangeNotifier, logger: Logger) {
        self.environment = environment
        self.logger = logger
        work = BackgroundWork(
            name: "sealing of identifiers", channel: .tenants, notifier: notifier, time: environment.time,
            logger: logger)
    }

    package func run() async throws {
        await work.run { try await sealDue() }
    }

    /// Replaces what is in clear.
    /// - Returns: when to try again; `nil` when nothing is in clear any more.
    package func sealDue() async throws -> Timestamp? {
        let tenants = try await environment.store.systemRead { try $0.tenantsWithClearIdentifiers() }
        let conversion = TenantConversion(environment: environment, name: "sealing a tenant's identifiers")
        return try await conversion.convert(tenants) { tenant in
            try await conversion.batches(of: tenant, from: IdentifierPosition.start) {
                try $0.sealIdentifiers(after: $1, limit: ServiceLimits.identifierBatch)
            }
            logger.notice(
                "identifiers that an earlier version stored in clear are replaced by digests",
                metadata: ["tenant": "\(tenant)"])
        }
    }
}
