/// The contents of the operator's probes: `/readyz` and `/metrics`.
package final class APIProbes: Sendable {
    /// Why requests cannot be served, without internals; `nil` when they can.
    package let unreadiness: @Sendable () async -> String?
    /// The metrics in the Prometheus text format.
    package let metricsText: @Sendable () -> String
    /// Sentences that `/readyz` shows to operators although requests are served.
    package let alerts: @Sendable () -> [String]

    package init(
        unreadiness: @escaping @Sendable () async -> String?,
        metricsText: @escaping @Sendable () -> String,
        alerts: @escaping @Sendable () -> [String] = { [] }
    ) {
        self.unreadiness = unreadiness
        self.metricsText = metricsText
        self.alerts = alerts
    }
}
