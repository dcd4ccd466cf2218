package import Logging
package import PharmacyStore

extension BackgroundJob {
    /// Wipes sandboxes that are due, including those that became due while no server ran.
    package static func sandboxWipe(
        _ controls: SandboxControls, time: any ServerClock, notifier: ChangeNotifier, logger: Logger
    ) -> BackgroundJob {
        BackgroundJob("sandbox wipe", on: .tenants, of: notifier, time: time, logger: logger) {
            try await controls.wipeDue()
        }
    }
}
