package import Logging
internal import Metrics
internal import PharmacyDomain
internal import PharmacyStore

/// Gauges of how much work waits, and for how long the oldest item has waited.
///
/// The numbers come from the database and are the same on every node, except audit entries, which wait in each process.
/// They are counted at intervals, not with each scrape, and up to a limit.
package enum BacklogMetrics {
    /// Counts once.
    package static func record(_ environment: ServiceEnvironment) async throws {
        let now = environment.now
        let audit = environment.auditBuffer.backlog
        show("audit_entries", audit.count, oldest: audit.oldest, at: now)
        for (name, backlog) in try await environment.store.systemRead({ try $0.backlogs(at: now) }) {
            show(name.rawValue, backlog.count, oldest: backlog.oldest, at: now)
        }
    }

    private static func show(_ work: String, _ count: Int, oldest: Timestamp?, at now: Timestamp) {
        let age = oldest.map { max(.zero, now.since($0)) } ?? .zero
        Gauge(label: "backlog_items", dimensions: [("work", work)]).record(count)
        Gauge(label: "backlog_oldest_age_seconds", dimensions: [("work", work)])
            .record(Double(age.milliseconds) / 1000)
    }
}

extension BackgroundJob {
    /// Counts in the metrics how much work waits.
    package static func backlogMetrics(environment: ServiceEnvironment, logger: Logger) -> BackgroundJob {
        BackgroundJob(
            "counting the backlog", every: ServiceLimits.backlogInterval, time: environment.time, logger: logger
        ) { try await BacklogMetrics.record(environment) }
    }
}
