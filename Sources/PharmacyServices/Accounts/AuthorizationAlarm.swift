package import Logging
internal import Metrics
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle
internal import Synchronization

/// Alerts operators when a row that grants access has no valid proof, because somebody has altered the database. Every such read is
/// counted; a row is logged and audited at most once per `ServiceLimits.unprovenGrantInterval`.
package struct AuthorizationAlarm: Service {
    private let environment: ServiceEnvironment
    private let logger: Logger
    private let reported = ReportedGrants()

    package init(environment: ServiceEnvironment, logger: Logger) {
        self.environment = environment
        self.logger = logger
    }

    package func run() async throws {
        // The series exist from the start, so that an alert sees them rise.
        for counter in AuthorizationAlarm.counters.values { counter.increment(by: 0) }
        await cancelWhenGracefulShutdown {
            for await _ in environment.store.unproven.arrivals { await report() }
        }
        await report()
    }

    /// Reports the rows that were found since the last call.
    package func report() async {
        let now = environment.now
        for (grant, count) in environment.store.unproven.take() {
            AuthorizationAlarm.counters[grant.kind]?.increment(by: Int64(count))
            guard reported.isDue(grant, at: environment.time.elapsed()) else { continue }
            logger.error(
                "authorization data was altered and counts as absent",
                metadata: [
                    "kind": "\(grant.kind.rawValue)", "name": "\(grant.name)",
                    "tenant": "\(grant.tenant?.description ?? "unknown")",
                ])
            let event = AuditEvent(
                at: now, tenant: grant.tenant, actor: .system, action: .authorizationAltered,
                subjects: [grant.kind.rawValue, grant.name], requestID: nil)
            do {
                try await environment.auditBuffer.record(event)
            } catch {
                environment.failures.failed("writing the audit log", error)
            }
        }
    }

    /// Reports the rows that an operator's command has found, and waits until the audit log contains them.
    package func reportAtOnce() async {
        await report()
        do {
            try await environment.auditBuffer.flush()
        } catch {
            environment.failures.failed("writing the audit log", error)
        }
    }

    private static let counters = Dictionary(
        uniqueKeysWithValues: UnprovenGrant.Kind.allCases.map { kind in
            (kind, Counter(label: "authorization_rows_altered_total", dimensions: [("kind", kind.rawValue)]))
        })
}

/// When each row was reported last.
private final class ReportedGrants: Sendable {
    private let moments = Mutex(BoundedCache<UnprovenGrant, Duration>(capacity: ServiceLimits.cacheEntries))

    func isDue(_ grant: UnprovenGrant, at now: Duration) -> Bool {
        moments.withLock { moments in
            if let last = moments[grant], now - last < ServiceLimits.unprovenGrantInterval { return false }
            moments.insert(now, for: grant)
            return true
        }
    }
}
