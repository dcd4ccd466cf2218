import Logging
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

extension TestInstallation {
    /// An installation, and its engine, which can be made to fail.
    static func failing(
        time: ManualTime = ManualTime(),
        logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    ) async throws -> (TestInstallation, FailingEngine) {
        let made = Mutex<FailingEngine?>(nil)
        let installation = try await TestInstallation(
            time: time,
            opening: { bells in
                let engine = FailingEngine(try TestDatabase().open(bells: bells))
                made.withLock { $0 = engine }
                return engine
            }, logger: logger)
        let engine = made.withLock(\.self)
        return (installation, try #require(engine))
    }
}
