package import Logging
internal import Metrics
internal import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle

/// Opens one record of each key when the server starts, and logs keys that were lost or exchanged with their tenants' names.
/// The server keeps running for the other tenants.
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
        // If a service returned, the server would stop.
        try? await gracefulShutdown()
    }

    /// Finds every key that does not open what it sealed. Each tenant is checked in a short read of its own.
    package func faults() async throws -> [KeyFault] {
        let store = environment.store
        var faults = try await store.systemRead { try $0.installationKeyFaults() }
        for tenant in try await store.systemRead({ try $0.tenants() }) {
            try Task.checkCancellation()
            do {
                faults += try await store.systemRead { try $0.keyFaults(of: tenant) }
            } catch StoreError.noSuchTenant {
                // The tenant was deleted meanwhile.
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
