package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle
internal import Synchronization

/// Reacts to a new epoch of the database, which this node or another began: clears caches of the previous epoch, and logs that
/// partners' cursors have expired. Once a minute, and at shutdown, it records outside the database how far the database has
/// come.
package final class IncarnationWatch: Service {
    private let environment: ServiceEnvironment
    private let accounts: Accounts
    private let changes: AsyncStream<Void>
    private let logger: Logger
    private let record: @Sendable (IncarnationMark) async throws -> Void
    private let known: Mutex<Epoch>
    private let recorded = Mutex<IncarnationMark?>(nil)

    /// - Parameter record: stores a mark outside the database, for the next start.
    package init(
        environment: ServiceEnvironment, accounts: Accounts, notifier: ChangeNotifier, logger: Logger,
        record: @escaping @Sendable (IncarnationMark) async throws -> Void
    ) {
        self.environment = environment
        self.accounts = accounts
        self.logger = logger
        self.record = record
        known = Mutex(environment.store.openedEpoch)
        changes = notifier.notifications(on: [.incarnation])
    }

    package func run() async throws {
        if environment.store.hasBegunEpoch { warn(environment.store.openedEpoch) }
        await withDiscardingTaskGroup { group in
            group.addTask {
                await BackgroundJob(
                    "watching the database's epoch", every: ServiceLimits.incarnationInterval,
                    time: self.environment.time, logger: self.logger
                ) { try await self.look() }.run()
            }
            group.addTask {
                await cancelWhenGracefulShutdown {
                    for await _ in self.changes { await self.logging { try await self.look() } }
                }
            }
        }
        await logging { try await self.recordMark() }
    }

    /// Reads the database's epoch, and records how far the database has come.
    package func look() async throws {
        let epoch = try await environment.store.incarnation().epoch
        if known.withLock({ $0 != epoch }) {
            accounts.forgetVerifications()
            environment.store.forgetIndexes()
            try await environment.store.forgetRemovedKeys()
            try await accounts.rotateSigningKeys()
            known.withLock { $0 = epoch }
            warn(epoch)
        }
        try await recordMark()
    }

    private func recordMark() async throws {
        let mark = try await environment.store.lookAtIncarnation()
        guard recorded.withLock({ $0 != mark }) else { return }
        try await record(mark)
        recorded.withLock { $0 = mark }
    }

    private func warn(_ epoch: Epoch) {
        logger.warning(
            "the database was restored, copied or promoted: partners' earlier cursors have expired",
            metadata: ["epoch": "\(epoch)"])
    }

    private func logging(_ work: () async throws -> Void) async {
        do {
            try await work()
            environment.failures.succeeded("watching the database's epoch")
        } catch {
            environment.failures.failed("watching the database's epoch", error)
        }
    }
}
