package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle

/// Makes those digests again by which an earlier version finds patients and orders, and which it made of text that was not
/// normalized.
package struct TextKeyConversion: Service {
    private let environment: ServiceEnvironment
    private let work: BackgroundWork

    package init(environment: ServiceEnvironment, notifier: ChangeNotifier, logger: Logger) {
        self.environment = environment
        work = BackgroundWork(
            name: "conversion of text keys", channel: .tenants, notifier: notifier, time: environment.time,
            logger: logger)
    }

    package func run() async throws {
        await work.run { try await convertDue() }
    }

    /// Converts what is left.
    /// - Returns: when to try again; `nil` when nothing is left.
    package func convertDue() async throws -> Timestamp? {
        let tenants = try await environment.store.systemRead { try $0.tenantsWithEarlierTextKeys() }
        let conversion = TenantConversion(environment: environment, name: "making digests of a tenant's text again")
        return try await conversion.convert(tenants) { tenant in
            try await conversion.batches(of: tenant, from: TextKeyPosition.start) {
                try $0.convertTextKeys(after: $1, limit: ServiceLimits.identifierBatch)
            }
        }
    }
}
