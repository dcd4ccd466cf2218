/// How long records are stored that are not stored permanently.
package struct Retention: Sendable {
    /// For audit entries.
    package let audit: Duration
    /// For events, their deliveries and attempts.
    package let webhooks: Duration

    package init(
        audit: Duration = ServiceLimits.auditRetention, webhooks: Duration = ServiceLimits.webhookRetention
    ) {
        self.audit = audit
        self.webhooks = webhooks
    }
}
