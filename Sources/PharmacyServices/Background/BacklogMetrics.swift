package import Logging
internal import Metrics
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle

/// Shows how much work waits, and for how long the oldest of it has: as the database has it, the same on every node, but for
/// the audit entries, which wait in each process. Counted at intervals, not with each scrape, and up to a limit.
package struct BacklogMetrics: Service {
    private let environment: ServiceEnvironment
    private let work: PeriodicWork

    package init(environment: ServiceEnvironment, logger: Logger) {
        self.environment = environment
        work = PeriodicWork(
            name: "counting what waits", interval: ServiceLimits.backlogInterval, time: environment.time,
            logger: logger)
    }

    package func run() async throws {
        await work.run { try await count() }
    }

    /// Counts once.
    package func count() async throws {
        let now = environment.now
        let audit = environment.trail.backlog
        BacklogMetrics.show("audit_entries", audit.count, oldest: audit.oldest, at: now)
        for (name, backlog) in try await environment.store.systemRead({ try $0.backlogs(at: now) }) {
            BacklogMetrics.show(name.rawValue, backlog.count, oldest: backlog.oldest, at: now)
        }
    }

    private static func show(_ work: String, _ count: Int, oldest: Timestamp?, at now: Timestamp) {
        let age = oldest.map { max(.zero, now.since($0)) } ?? .zero
        Gauge(label: "backlog_items", dimensions: [("work", work)]).record(count)
        Gauge(label: "backlog_oldest_age_seconds", dimensions: [("work", work)])
            .record(Double(age.milliseconds) / 1000)
    }
}
