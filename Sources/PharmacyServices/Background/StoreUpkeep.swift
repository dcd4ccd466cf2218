package import Logging
internal import Metrics
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle
internal import Synchronization

/// Monitors the database, and empties its write-ahead file when it has grown.
///
/// While a transaction stays open the database cannot clean up what was overwritten since: writes become slower and files grow. The
/// log has a line when a transaction has been open for long and one when none is any more; its age is a metric.
package final class StoreUpkeep: Service {
    private let environment: ServiceEnvironment
    private let logger: Logger
    private let isOpenForLong = Mutex(ConditionWatch())
    private let isPinned = Mutex(ConditionWatch())

    package init(environment: ServiceEnvironment, logger: Logger) {
        self.environment = environment
        self.logger = logger
    }

    package func run() async throws {
        await BackgroundJob(
            "watching the database", every: ServiceLimits.storeWatchInterval, time: environment.time, logger: logger
        ) { [self] in try await look() }.run()
    }

    private static let oldest = Gauge(label: "store_oldest_transaction_seconds")
    private static let logBytes = Gauge(label: "store_wal_bytes")

    /// Checks the database once.
    package func look() async throws {
        if environment.outages.isOngoing {
            // Without this write, an idle server would not notice that writes succeed again.
            let now = environment.now
            try await environment.store.systemWrite(.counters) { try $0.probeWrite(at: now) }
        }
        let vitals = try await environment.store.vitals()
        let age = vitals.oldestTransaction ?? .zero
        StoreUpkeep.oldest.record(Double(age.milliseconds) / 1000)
        switch isOpenForLong.withLock({ $0.note(age >= ServiceLimits.longTransaction) }) {
        case .begins:
            logger.warning(
                "a transaction has been open for long: what is overwritten meanwhile cannot be cleaned up",
                metadata: ["seconds": .stringConvertible(age.components.seconds)])
        case .ends: logger.notice("no transaction is open for long any more")
        case nil: break
        }
        guard let bytes = vitals.logBytes else { return }
        StoreUpkeep.logBytes.record(bytes)
        guard bytes > StoreLimits.logBytes else { return }
        let isEmpty = try await environment.store.checkpoint()
        switch isPinned.withLock({ $0.note(!isEmpty) }) {
        case .begins:
            logger.warning(
                "the write-ahead file cannot be emptied: a read, a backup or another program needs what is in it",
                metadata: ["bytes": .stringConvertible(bytes)])
        case .ends: logger.notice("the write-ahead file was emptied")
        case nil: break
        }
    }
}
