internal import Logging
internal import PharmacyDomain
internal import PharmacyStore

/// Converts what an earlier version has stored, tenant by tenant and some rows at a time, concurrently with other work.
/// Suspended tenants' rows are no exception. A tenant that fails does not keep the others waiting, and is tried again.
struct TenantConversion: Sendable {
    let environment: ServiceEnvironment
    /// What is done to one tenant, as the log names it.
    let name: String

    /// Converts each tenant.
    /// - Parameter convert: one of them, from its beginning.
    /// - Returns: when to try again; `nil` when all have been converted.
    func convert(_ tenants: [TenantID], _ convert: (TenantID) async throws -> Void) async throws -> Timestamp? {
        var next: Timestamp?
        let held = try await environment.quarantine.heldTenants()
        for tenant in tenants {
            if held.contains(tenant) {
                next = environment.now + ServiceLimits.failureWait
                continue
            }
            do {
                try await convert(tenant)
                environment.failures.succeeded(name)
            } catch StoreError.noSuchTenant {
                // It was deleted meanwhile, and its rows with it.
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

    /// Converts a tenant's rows, each batch in a transaction of its own.
    /// - Parameter batch: converts some rows behind a position, and returns the next one; `nil` behind the last row.
    func batches<Position: Sendable>(
        of tenant: TenantID, from start: Position,
        _ batch: @escaping @Sendable (TenantScope, Position) throws -> Position?
    ) async throws {
        var position: Position? = start
        while let current = position {
            try Task.checkCancellation()
            position = try await environment.store.write(tenant) { try batch($0, current) }
        }
    }
}
