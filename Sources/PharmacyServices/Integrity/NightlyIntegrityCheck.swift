package import Logging
internal import Metrics
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle

/// Checks the installation once a day, on one of several nodes, at a pace that leaves room for requests. The findings are
/// logged, counted in the metrics of every node, and recorded in the audit log. A check that was missed is run later.
package struct NightlyIntegrityCheck: Service {
    private let environment: ServiceEnvironment
    private let checker: IntegrityChecker
    private let pace: IntegrityPace
    private let logger: Logger

    /// - Parameter eventRetention: how long servers retain events.
    package init(
        environment: ServiceEnvironment, eventRetention: Duration,
        pace: IntegrityPace = .part(of: ServiceLimits.integrityShare), logger: Logger
    ) {
        self.environment = environment
        self.pace = pace
        self.logger = logger
        checker = IntegrityChecker(environment: environment, eventRetention: eventRetention)
    }

    package func run() async throws {
        await BackgroundJob(
            "integrity check", every: ServiceLimits.integrityInterval, time: environment.time, logger: logger
        ) {
            try await checkIfDue()
            try await recordLatest()
        }.run()
    }

    /// The latest time at which a check was due.
    static func slot(at now: Timestamp) -> Timestamp {
        let day = Duration.days(1).milliseconds
        let start = ServiceLimits.integrityTimeOfDay.milliseconds
        let sinceStart = now.milliseconds - start
        let days = sinceStart / day - (sinceStart % day < 0 ? 1 : 0)
        return Timestamp(milliseconds: days * day + start)
    }

    /// Runs the check if it is due and no other node runs it. A new installation is checked in its first night.
    /// - Returns: the findings; `nil` where no check was due, or its claim was lost.
    @discardableResult
    package func checkIfDue() async throws -> IntegrityReport? {
        let now = environment.now
        let slot = NightlyIntegrityCheck.slot(at: now)
        let leaseExpiresAt = now + ServiceLimits.integrityLease
        let latest = try await environment.store.systemRead { try $0.latestRun(of: .integrityCheck) }
        if latest == nil {
            try await environment.store.systemWrite(.claims) { try $0.register(.integrityCheck, after: slot) }
        }
        // A read comes first: most of the time no check is due.
        guard try await environment.store.systemRead({ try $0.isDue(.integrityCheck, at: slot, now: now) }),
            try await environment.store.systemWrite(
                .claims, { try $0.claim(.integrityCheck, at: slot, now: now, leaseExpiresAt: leaseExpiresAt) })
        else { return nil }
        return try await check(slot, claimedUntil: leaseExpiresAt)
    }

    private struct ClaimLost: Error {}

    private func check(_ slot: Timestamp, claimedUntil leaseExpiresAt: Timestamp) async throws -> IntegrityReport? {
        var leaseExpiresAt = leaseExpiresAt
        let report: IntegrityReport
        do {
            report = try await checker.check(
                pace: pace,
                progress: { _ in
                    let now = environment.now
                    guard leaseExpiresAt.since(now) < ServiceLimits.integrityLease / 2 else { return }
                    let (held, later) = (leaseExpiresAt, now + ServiceLimits.integrityLease)
                    let isHeld = try await environment.store.systemWrite(.claims) {
                        try $0.extendClaim(.integrityCheck, from: held, to: later)
                    }
                    guard isHeld else { throw ClaimLost() }
                    leaseExpiresAt = later
                }, found: { _ in })
        } catch is ClaimLost {
            logger.warning("another node took over the integrity check, because its claim expired")
            return nil
        }
        let (held, now, summary, total) = (leaseExpiresAt, environment.now, report.summary, report.total)
        try await environment.store.systemWrite(.claims) { scope in
            try scope.finish(.integrityCheck, of: slot, claimedUntil: held, outcome: summary, at: now)
            scope.audit(.integrityChecked, ["findings:\(total)"], at: now)
        }
        if total > 0 {
            logger.error(
                "data that is stored twice disagrees: run united-pharmacy integrity check",
                metadata: ["findings": .stringConvertible(total), "kinds": "\(summary)"])
        } else {
            logger.info("an integrity check found nothing", metadata: ["records": .stringConvertible(report.records)])
        }
        return report
    }

    private static let lastFinished = Gauge(label: "integrity_last_finished_timestamp_seconds")
    private static let findings = IntegrityKind.allCases.map { kind in
        (kind: kind, gauge: Gauge(label: "integrity_findings", dimensions: [("kind", kind.rawValue)]))
    }

    /// Records the findings of the latest check of any node in the metrics. Before the first check there are none.
    private func recordLatest() async throws {
        guard let latest = try await environment.store.systemRead({ try $0.latestRun(of: .integrityCheck) }),
            let finishedAt = latest.finishedAt
        else { return }
        let counts = IntegrityReport.counts(of: latest.outcome)
        NightlyIntegrityCheck.lastFinished.record(finishedAt.seconds)
        for (kind, gauge) in NightlyIntegrityCheck.findings { gauge.record(counts[kind] ?? 0) }
    }
}
