package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle

/// Goes on with deletions that a command, or a server that stopped, has begun.
package struct TenantErasing: Service {
    private let environment: ServiceEnvironment
    private let work: BackgroundWork
    private let logger: Logger

    package init(environment: ServiceEnvironment, notifier: ChangeNotifier, logger: Logger) {
        self.environment = environment
        self.logger = logger
        work = BackgroundWork(
            name: "tenant deletion", channel: .erasures, notifier: notifier, time: environment.time, logger: logger)
    }

    package func run() async throws {
        await work.run { try await eraseDue() }
    }

    /// Removes all records of the tenants that are being deleted.
    /// - Returns: `nil`: the bell tells of the next.
    package func eraseDue() async throws -> Timestamp? {
        let erasure = Erasure(environment: environment)
        try await tryEach(try await environment.store.systemRead { try $0.erasures() }) { tenant in
            while try await erasure.eraseSome(of: tenant.tenant) {}
            logger.notice("a tenant was deleted", metadata: ["tenant": "\(tenant.tenant)"])
        }
        return nil
    }
}
