import Logging
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

extension TestInstallation {
    /// An installation, and its engine, which can be made to fail.
    static func failing(
        time: ManualClock = ManualClock(),
        logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    ) async throws -> (TestInstallation, FailingEngine) {
        let made = Mutex<FailingEngine?>(nil)
        let installation = try await TestInstallation(
            time: time,
            opening: { notifier in
                let engine = FailingEngine(try TestDatabase().open(notifier: notifier))
                made.withLock { $0 = engine }
                return engine
            }, logger: logger)
        let engine = made.withLock(\.self)
        return (installation, try #require(engine))
    }
}
