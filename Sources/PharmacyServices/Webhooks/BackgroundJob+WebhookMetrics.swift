package import Logging
internal import Metrics
internal import PharmacyDomain
internal import PharmacyStore

extension BackgroundJob {
    /// Measures how many webhook URLs fail, and how long the delivery that is due longest has waited.
    package static func webhookMetrics(environment: ServiceEnvironment, logger: Logger) -> BackgroundJob {
        let failing = Gauge(label: "webhook_urls_failing")
        let lag = Gauge(label: "webhook_lag_seconds")
        return BackgroundJob(
            "counting webhooks", every: ServiceLimits.webhookMetricsInterval, time: environment.time, logger: logger
        ) {
            let now = environment.now
            let (count, due) = try await environment.store.systemRead {
                (try $0.failingEndpoints(), try $0.longestDueDelivery(at: now))
            }
            failing.record(count)
            lag.record(due.map { Double(now.since($0).milliseconds) / 1000 } ?? 0)
        }
    }
}
