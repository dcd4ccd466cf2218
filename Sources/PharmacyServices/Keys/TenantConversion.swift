package import Logging
package import PharmacyDomain
internal import PharmacyStore

/// Converts records that an earlier version stored, tenant by tenant and batch by batch, concurrently with other work.
///
/// Suspended tenants' records are converted too. A tenant that fails does not stop the others, and is tried again.
package struct TenantConversion: Sendable {
    /// Converts some rows after a position.
    /// - Returns: the next position; `nil`: no rows are left.
    typealias Batch<Position: Sendable> = @Sendable (TenantScope, Position) throws -> Position?

    private let environment: ServiceEnvironment
    /// The conversion of one tenant, as the log names it.
    private let name: String
    private let tenants: @Sendable (SystemScope) throws -> [TenantID]
    private let convert: @Sendable (TenantID) async throws -> Void

    /// - Parameters:
    ///   - tenants: reads the tenants that have records to convert.
    ///   - completed: called when a tenant has none left.
    private init<Position: Sendable>(
        _ name: String, environment: ServiceEnvironment, start: Position,
        tenants: @escaping @Sendable (SystemScope) throws -> [TenantID], batch: @escaping Batch<Position>,
        completed: @escaping @Sendable (TenantID) -> Void = { _ in }
    ) {
        self.environment = environment
        self.name = name
        self.tenants = tenants
        convert = { tenant in
            var position: Position? = start
            while let current = position {
                try Task.checkCancellation()
                // Each batch is a transaction of its own.
                position = try await environment.store.write(tenant) { try batch($0, current) }
            }
            completed(tenant)
        }
    }

    /// Replaces partners' identifiers that an earlier version stored in clear with keyed digests.
    package static func identifiers(environment: ServiceEnvironment, logger: Logger) -> TenantConversion {
        TenantConversion(
            "encrypting a tenant's identifiers", environment: environment, start: IdentifierPosition.start,
            tenants: { try $0.tenantsWithClearIdentifiers() },
            batch: { try $0.encryptIdentifiers(after: $1, limit: ServiceLimits.identifierBatch) },
            completed: { tenant in
                logger.notice(
                    "identifiers that an earlier version stored in clear are replaced by digests",
                    metadata: ["tenant": "\(tenant)"])
            })
    }

    /// Recomputes the digests that find patients and orders by text, where an earlier version computed them from text
    /// that was not normalized.
    package static func textKeys(environment: ServiceEnvironment) -> TenantConversion {
        TenantConversion(
            "recomputing digests of a tenant's text", environment: environment, start: TextKeyPosition.start,
            tenants: { try $0.tenantsWithOutdatedTextKeys() },
            batch: { try $0.convertTextKeys(after: $1, limit: ServiceLimits.identifierBatch) })
    }

    /// Converts all tenants that have records to convert.
    /// - Returns: when to try again; `nil`: all records are converted.
    package func convertDue() async throws -> Timestamp? {
        let tenants = try await environment.store.systemRead(tenants)
        let held = try await environment.quarantine.heldTenants()
        var next: Timestamp?
        for tenant in tenants {
            if held.contains(tenant) {
                next = environment.now + ServiceLimits.failureWait
                continue
            }
            do {
                try await convert(tenant)
                environment.failures.succeeded(name)
            } catch StoreError.noSuchTenant {
                // The tenant was deleted meanwhile, and its records with it.
                continue
            } catch let error as CancellationError {
                throw error
            } catch {
                environment.failures.failed(name, error, metadata: ["tenant": "\(tenant)"])
                next = environment.now + ServiceLimits.failureWait
            }
        }
        return next
    }
}
