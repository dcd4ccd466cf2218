package import Logging
internal import Metrics
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle

/// What operators are told of webhooks as numbers; no label names a URL or a tenant.
package struct WebhookMetrics: Service {
    private let environment: ServiceEnvironment
    private let work: PeriodicWork

    package init(environment: ServiceEnvironment, logger: Logger) {
        self.environment = environment
        work = PeriodicWork(
            name: "counting webhooks", interval: ServiceLimits.webhookMetricsInterval, time: environment.time,
            logger: logger)
    }

    package func run() async throws {
        let failing = Gauge(label: "webhook_urls_failing")
        let lag = Gauge(label: "webhook_lag_seconds")
        await work.run {
            let now = environment.now
            let (count, due) = try await environment.store.systemRead {
                (try $0.failingEndpoints(), try $0.longestDueDelivery(at: now))
            }
            failing.record(count)
            lag.record(due.map { Double(now.since($0).milliseconds) / 1000 } ?? 0)
        }
    }

    private static let duration = Metrics.Timer(label: "webhook_attempt_duration_seconds")
    private static let succeeded = attempts("succeeded")
    private static let retried = attempts("retried")
    private static let failed = attempts("failed")
    private static let deferred = attempts("deferred")

    private static func attempts(_ outcome: String) -> Counter {
        Counter(label: "webhook_attempts_total", dimensions: [("outcome", outcome)])
    }

    /// What a test event came to.
    enum TestOutcome: String, CaseIterable {
        case succeeded
        case failed
        /// Its URL was none that the server may call.
        case refused
        /// It was not sent, because the server had no room for it.
        case deferred
    }

    private static let tests = Dictionary(
        uniqueKeysWithValues: TestOutcome.allCases.map { outcome in
            (outcome, Counter(label: "webhook_tests_total", dimensions: [("outcome", outcome.rawValue)]))
        })

    /// Counts a test event.
    static func countTest(_ outcome: TestOutcome) { tests[outcome]?.increment() }

    /// Counts an attempt.
    static func count(_ attempt: Delivery.Attempt, verdict: DeliveryPolicy.Verdict) {
        switch verdict {
        case .succeeded: succeeded.increment()
        case .retry: retried.increment()
        case .failed: failed.increment()
        case .deferred: return deferred.increment()
        }
        duration.recordMilliseconds(attempt.duration.milliseconds)
    }
}
