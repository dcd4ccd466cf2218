package import Logging
package import PharmacyStore
internal import ServiceLifecycle

/// Wipes sandboxes when their time has come, also when it came while the server was down.
package struct SandboxWiper: Service {
    private let controls: SandboxControls
    private let work: BackgroundWork

    package init(controls: SandboxControls, time: any ServerClock, notifier: ChangeNotifier, logger: Logger) {
        self.controls = controls
        work = BackgroundWork(name: "sandbox wipe", channel: .tenants, notifier: notifier, time: time, logger: logger)
    }

    package func run() async throws {
        await work.run { try await controls.wipeDue() }
    }
}
