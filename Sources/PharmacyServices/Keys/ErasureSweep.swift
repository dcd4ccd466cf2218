package import Logging
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle

/// Removes erased records and keys from the database's own files within seconds: those of a tenant that was deleted or wiped,
/// of a patient who was deleted, and keys that were rotated.
package struct ErasureSweep: Service {
    private let environment: ServiceEnvironment
    private let logger: Logger

    package init(environment: ServiceEnvironment, logger: Logger) {
        self.environment = environment
        self.logger = logger
    }

    package func run() async throws {
        let schedule = Schedule()
        await BackgroundJob(
            "erasure", every: ServiceLimits.erasureInterval, time: environment.time, logger: logger
        ) { try await sweep(schedule) }.run()
        // Services that erase stop before this one.
        if environment.store.hasPendingErasure { try await environment.store.finishErasure() }
    }

    /// Decides when to sweep.
    private actor Schedule {
        /// When to sweep even if this process has erased nothing: at once after the start, because of a possible crash, and
        /// then at intervals. Nodes that share a database never do: each sweeps what it erased.
        private var catchUp: Duration?
        /// No sweep before this time.
        private var notBefore: Duration?

        func isDue(hasErased: Bool, isExclusive: Bool, at now: Duration) -> Bool {
            if let notBefore, notBefore > now { return false }
            let isCatchingUp = isExclusive && catchUp.map { $0 <= now } ?? true
            if isCatchingUp { catchUp = now + ServiceLimits.erasureCatchUp }
            return isCatchingUp || hasErased
        }

        func postpone(from now: Duration) { notBefore = now + ServiceLimits.erasureRetry }
    }

    private func sweep(_ schedule: Schedule) async throws {
        let (store, now) = (environment.store, environment.time.elapsed())
        let (hasErased, isExclusive) = (store.hasPendingErasure, store.isExclusive)
        guard await schedule.isDue(hasErased: hasErased, isExclusive: isExclusive, at: now) else { return }
        do {
            if try await store.finishErasure() { return }
        } catch {
            await schedule.postpone(from: now)
            throw error
        }
        await schedule.postpone(from: now)
        logger.notice(
            "erased records are still in the database's files, because a long read, such as a dump, needs them")
    }
}
