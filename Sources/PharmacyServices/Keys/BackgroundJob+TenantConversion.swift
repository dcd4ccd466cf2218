package import Logging
package import PharmacyStore

extension BackgroundJob {
    /// Replaces partners' identifiers that an earlier version stored in clear with keyed digests.
    package static func identifierEncryption(
        environment: ServiceEnvironment, notifier: ChangeNotifier, logger: Logger
    ) -> BackgroundJob {
        let conversion = TenantConversion.identifiers(environment: environment, logger: logger)
        return BackgroundJob(
            "identifier encryption", on: .tenants, of: notifier, time: environment.time, logger: logger
        ) { try await conversion.convertDue() }
    }

    /// Recomputes digests that an earlier version computed from text that was not normalized.
    package static func textKeyConversion(
        environment: ServiceEnvironment, notifier: ChangeNotifier, logger: Logger
    ) -> BackgroundJob {
        let conversion = TenantConversion.textKeys(environment: environment)
        return BackgroundJob(
            "conversion of text keys", on: .tenants, of: notifier, time: environment.time, logger: logger
        ) { try await conversion.convertDue() }
    }
}
