package import Logging
internal import Metrics
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle

/// Checks everything once a day, on one of several nodes, at a pace that leaves room for requests. What it finds is
/// logged, counted in the metrics of every node, and stands in the audit log; one that was missed is made up for.
package struct NightlyIntegrityCheck: Service {
    private let environment: ServiceEnvironment
    private let checker: IntegrityChecker
    private let pace: IntegrityPace
    private let work: PeriodicWork
    private let logger: Logger

    /// - Parameter eventRetention: how long servers keep events.
    package init(
        environment: ServiceEnvironment, eventRetention: Duration,
        pace: IntegrityPace = .part(of: ServiceLimits.integrityShare), logger: Logger
    ) {
        self.environment = environment
        self.pace = pace
        self.logger = logger
        checker = IntegrityChecker(environment: environment, eventRetention: eventRetention)
        work = PeriodicWork(
            name: "integrity check", interval: ServiceLimits.integrityInterval, time: environment.time, logger: logger)
    }

    package func run() async throws {
        await work.run {
            try await checkIfDue()
            try await showLatest()
        }
    }

    /// The latest moment at which a check was to begin.
    static func slot(at now: Timestamp) -> Timestamp {
        let day = Duration.days(1).milliseconds
        let start = ServiceLimits.integrityTimeOfDay.milliseconds
        let sinceStart = now.milliseconds - start
        let days = sinceStart / day - (sinceStart % day < 0 ? 1 : 0)
        return Timestamp(milliseconds: days * day + start)
    }

    /// Makes the check where its time has come and no other node is at it. An installation that is new is checked the
    /// first night.
    /// - Returns: what was found; `nil` where nothing was to do, or the claim was lost on the way.
    @discardableResult
    package func checkIfDue() async throws -> IntegrityReport? {
        let now = environment.now
        let slot = NightlyIntegrityCheck.slot(at: now)
        let leaseExpiresAt = now + ServiceLimits.integrityLease
        let latest = try await environment.store.systemRead { try $0.latestRun(of: .integrityCheck) }
        if latest == nil {
            try await environment.store.systemWrite(.claims) { try $0.register(.integrityCheck, after: slot) }
        }
        // Asked without a write first: it is not due at most looks.
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
            logger.warning("an integrity check was taken over by another node")
            return nil
        }
        let (held, now, summary, total) = (leaseExpiresAt, environment.now, report.summary, report.total)
        try await environment.store.systemWrite(.claims) { scope in
            try scope.finish(.integrityCheck, of: slot, claimedUntil: held, outcome: summary, at: now)
            scope.audit(.integrityChecked, ["findings:\(total)"], at: now)
        }
        if total > 0 {
            logger.error(
                "what is stored twice disagrees: look with integrity check",
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

    /// Shows what the latest check found, on whichever node it was made. Nothing is shown before the first.
    private func showLatest() async throws {
        guard let latest = try await environment.store.systemRead({ try $0.latestRun(of: .integrityCheck) }),
            let finishedAt = latest.finishedAt
        else { return }
        let counts = IntegrityReport.counts(of: latest.outcome)
        NightlyIntegrityCheck.lastFinished.record(finishedAt.seconds)
        for (kind, gauge) in NightlyIntegrityCheck.findings { gauge.record(counts[kind] ?? 0) }
    }
}
