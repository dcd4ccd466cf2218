/// How long things are kept that are not kept for ever.
package struct Retention: Sendable {
    /// Lines of the audit log.
    package let audit: Duration
    /// Events, their deliveries and attempts.
    package let webhooks: Duration

    package init(
        audit: Duration = ServiceLimits.auditRetention, webhooks: Duration = ServiceLimits.webhookRetention
    ) {
        self.audit = audit
        self.webhooks = webhooks
    }
}
