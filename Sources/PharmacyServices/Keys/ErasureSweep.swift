package import Logging
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle

/// Sees to it that erased records and keys leave the database's own files within seconds: those of a tenant that was
/// deleted or wiped, of a patient who was deleted, and keys that were replaced.
package struct ErasureSweep: Service {
    private let environment: ServiceEnvironment
    private let work: PeriodicWork
    private let logger: Logger

    package init(environment: ServiceEnvironment, logger: Logger) {
        self.environment = environment
        self.logger = logger
        work = PeriodicWork(
            name: "erasure", interval: ServiceLimits.erasureInterval, time: environment.time, logger: logger)
    }

    package func run() async throws {
        let schedule = Schedule()
        await work.run { try await sweep(schedule) }
        // Others stop before: what they have erased is the last.
        if environment.store.hasPendingErasure { try await environment.store.finishErasure() }
    }

    /// When there is something to do.
    private actor Schedule {
        /// When everything is swept whether or not this process has erased anything: the first time at once, for what a
        /// crash has left. Never where nodes share a database: each sweeps what it has erased.
        private var catchUp: Duration?
        /// Not to be tried again before.
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
        logger.notice("what was erased is still in the database's files: a long read, such as a dump, holds them")
    }
}
