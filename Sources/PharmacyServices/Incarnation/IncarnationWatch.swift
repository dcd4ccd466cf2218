package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle
internal import Synchronization

/// Takes up that the database has begun a new epoch, here or on another node: what this process has in memory of the one
/// before is forgotten, and the log says that partners' cursors have expired. Once a minute, and at the end, it has a file
/// remember how far the database has come.
package final class IncarnationWatch: Service {
    private let environment: ServiceEnvironment
    private let accounts: Accounts
    private let rings: AsyncStream<Void>
    private let logger: Logger
    private let keep: @Sendable (IncarnationMark) async throws -> Void
    private let work: PeriodicWork
    private let known: Mutex<Epoch>
    private let kept = Mutex<IncarnationMark?>(nil)

    /// - Parameter keep: remembers how far the database has come, outside of it.
    package init(
        environment: ServiceEnvironment, accounts: Accounts, notifier: ChangeNotifier, logger: Logger,
        keep: @escaping @Sendable (IncarnationMark) async throws -> Void
    ) {
        self.environment = environment
        self.accounts = accounts
        self.logger = logger
        self.keep = keep
        known = Mutex(environment.store.openedEpoch)
        rings = notifier.notifications(on: [.incarnation])
        work = PeriodicWork(
            name: "watching the database's epoch", interval: ServiceLimits.incarnationInterval, time: environment.time,
            logger: logger)
    }

    package func run() async throws {
        if environment.store.hasBegunEpoch { warn(environment.store.openedEpoch) }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.work.run { try await self.look() } }
            group.addTask {
                await cancelWhenGracefulShutdown {
                    for await _ in self.rings { await self.logging { try await self.look() } }
                }
            }
        }
        await logging { try await self.remember() }
    }

    /// Looks which epoch the database is in, and remembers how far it has come.
    package func look() async throws {
        let epoch = try await environment.store.incarnation().epoch
        if known.withLock({ $0 != epoch }) {
            accounts.forgetVerifications()
            environment.store.forgetIndexes()
            try await environment.store.forgetRemovedKeys()
            try await accounts.renewSigningKeys()
            known.withLock { $0 = epoch }
            warn(epoch)
        }
        try await remember()
    }

    private func remember() async throws {
        let mark = try await environment.store.lookAtIncarnation()
        guard kept.withLock({ $0 != mark }) else { return }
        try await keep(mark)
        kept.withLock { $0 = mark }
    }

    private func warn(_ epoch: Epoch) {
        logger.warning(
            "the database was restored, copied or promoted: cursors of before have expired",
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
