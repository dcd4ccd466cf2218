package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle

/// Makes those digests again by which an earlier version finds patients and orders, and which it made of text that was not
/// normalized: some rows at a time, concurrently with other work, in the same way as `IdentifierSealing`.
package struct TextKeyConversion: Service {
    private let environment: ServiceEnvironment
    private let work: BackgroundWork
    private let logger: Logger

    package init(environment: ServiceEnvironment, bells: Bells, logger: Logger) {
        self.environment = environment
        self.logger = logger
        work = BackgroundWork(
            name: "conversion of text keys", bell: .tenants, bells: bells, time: environment.time, logger: logger)
    }

    package func run() async throws {
        await work.run { try await convertDue() }
    }

    /// Converts what is left. A tenant that fails does not keep the others waiting, and is tried again.
    /// - Returns: when to try again; `nil` when nothing is left.
    package func convertDue() async throws -> Timestamp? {
        var next: Timestamp?
        let held = try await environment.quarantine.heldTenants()
        for tenant in try await environment.store.systemRead({ try $0.tenantsWithEarlierTextKeys() }) {
            if held.contains(tenant) {
                next = environment.now + ServiceLimits.failureWait
                continue
            }
            do {
                try await convert(tenant)
            } catch StoreError.noSuchTenant {
                // It was deleted meanwhile, and its rows with it.
                continue
            } catch let error as CancellationError {
                throw error
            } catch {
                logger.error(
                    "digests of a tenant's text could not be made again and will be retried",
                    metadata: ["tenant": "\(tenant)", "error": "\(type(of: error))"])
                next = environment.now + ServiceLimits.failureWait
            }
        }
        return next
    }

    private func convert(_ tenant: TenantID) async throws {
        var position: TextKeyPosition? = .start
        while let current = position {
            try Task.checkCancellation()
            position = try await environment.store.write(tenant) { scope in
                try scope.convertTextKeys(after: current, limit: ServiceLimits.identifierBatch)
            }
        }
    }
}
