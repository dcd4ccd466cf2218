/// How long records are stored that are not stored permanently.
package struct Retention: Sendable {
    /// For audit entries.
    package let audit: Duration
    /// For events, their deliveries and attempts.
    package let webhooks: Duration
    /// For the request log.
    package let requests: Duration

    package init(
        audit: Duration = ServiceLimits.auditRetention, webhooks: Duration = ServiceLimits.webhookRetention,
        requests: Duration = ServiceLimits.requestLogRetention
    ) {
        self.audit = audit
        self.webhooks = webhooks
        self.requests = requests
    }
}
