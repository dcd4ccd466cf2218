package import Logging
package import PharmacyStore

extension BackgroundJob {
    /// Completes deletions of tenants that a command, or a server that has stopped, began.
    package static func tenantDeletion(
        environment: ServiceEnvironment, notifier: ChangeNotifier, logger: Logger
    ) -> BackgroundJob {
        let erasure = Erasure(environment: environment)
        return BackgroundJob("tenant deletion", on: .erasures, of: notifier, time: environment.time, logger: logger) {
            try await erasure.eraseDue(logger: logger)
            return nil
        }
    }
}
