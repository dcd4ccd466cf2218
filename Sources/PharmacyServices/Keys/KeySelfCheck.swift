package import Logging
internal import Metrics
internal import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle

/// Opens one record of each key when the server starts, so that a key that was lost or exchanged is known by its tenant's
/// name before a partner meets it. Serving goes on: the other tenants' keys are well.
package struct KeySelfCheck: Service {
    private let environment: ServiceEnvironment
    private let logger: Logger

    package init(environment: ServiceEnvironment, logger: Logger) {
        self.environment = environment
        self.logger = logger
    }

    package func run() async throws {
        do {
            let faults = try await faults()
            Gauge(label: "unreadable_keys").record(Set(faults.map(\.owner)).count)
            for fault in faults { report(fault) }
        } catch is CancellationError {
            return
        } catch {
            logger.error("the keys could not be checked", metadata: ["error": "\(FailureCause.words(error))"])
        }
        // A service that returns would end the server.
        try? await gracefulShutdown()
    }

    /// Every key that does not open what it has sealed; one tenant after the other, each in a short read of its own.
    package func faults() async throws -> [KeyFault] {
        let store = environment.store
        var faults = try await store.systemRead { try $0.installationKeyFaults() }
        for tenant in try await store.systemRead({ try $0.tenants() }) {
            try Task.checkCancellation()
            do {
                faults += try await store.systemRead { try $0.keyFaults(of: tenant) }
            } catch StoreError.noSuchTenant {
                // It was deleted meanwhile.
                continue
            }
        }
        return faults
    }

    private func report(_ fault: KeyFault) {
        switch fault.owner {
        case .tenant(let name):
            logger.error(
                "the data key of a tenant does not open its records: restore the database and the keys that belong together",
                metadata: ["tenant": "\(name)", "record": "\(fault.part.rawValue)"])
        case .installation(let name):
            logger.error(
                "a key of the installation cannot be unwrapped: restore the database and the master key that belong together",
                metadata: ["key": "\(name)"])
        }
    }
}
