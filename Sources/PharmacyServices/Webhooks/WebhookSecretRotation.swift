internal import PharmacyDomain
internal import PharmacyStore

/// A new webhook secret and when it takes over.
struct WebhookSecretRotation: Sendable {
    private let next: WebhookSecrets.Next
    private let now: Timestamp

    /// - Parameter seconds: until the new secret is the only one, in `WebhookSecrets.activationRange`.
    init(after seconds: Int, environment: ServiceEnvironment) {
        now = environment.now
        // A whole second, as callers are shown no fractions and must not be told too early.
        let activatesAt = Timestamp(milliseconds: (now.seconds + Int64(seconds)) * 1000)
        next = WebhookSecrets.Next(secret: environment.entropy.secret(.webhookSecret), activatesAt: activatesAt)
    }

    /// Keeps the new secret, in place of one that is pending.
    /// - Returns: `webhook_secret`, shown this once, and `activates_at`.
    func apply(to tenant: TenantID, in scope: TenantScope) throws -> JSON {
        try scope.setWebhookSecrets(try scope.webhookSecrets().rotated(to: next, at: now))
        scope.audit(.webhookSecretRotated, [tenant.description], at: now)
        return ["webhook_secret": .string(next.secret), "activates_at": JSON(next.activatesAt)]
    }
}
