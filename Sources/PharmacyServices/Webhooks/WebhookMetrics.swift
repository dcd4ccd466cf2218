internal import Metrics
internal import PharmacyDomain

/// The counters of webhooks; no label holds a URL or a tenant.
enum WebhookMetrics {
    private static let duration = Metrics.Timer(label: "webhook_attempt_duration_seconds")
    private static let succeeded = attempts("succeeded")
    private static let retried = attempts("retried")
    private static let failed = attempts("failed")
    private static let deferred = attempts("deferred")

    private static func attempts(_ outcome: String) -> Counter {
        Counter(label: "webhook_attempts_total", dimensions: [("outcome", outcome)])
    }

    /// The result of a test event.
    enum TestOutcome: String, CaseIterable {
        case succeeded
        case failed
        /// The server may not call its URL.
        case refused
        /// Not sent: the tenant had too many test events in flight.
        case deferred
    }

    private static let tests = Dictionary(
        uniqueKeysWithValues: TestOutcome.allCases.map { outcome in
            (outcome, Counter(label: "webhook_tests_total", dimensions: [("outcome", outcome.rawValue)]))
        })

    static func countTest(_ outcome: TestOutcome) { tests[outcome]?.increment() }

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
