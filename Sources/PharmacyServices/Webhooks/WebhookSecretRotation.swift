internal import PharmacyDomain
internal import PharmacyStore

/// A new webhook secret, and when it becomes the only one.
struct WebhookSecretRotation: Sendable {
    private let next: WebhookSecrets.Next
    private let now: Timestamp

    /// - Parameter seconds: until the new secret is the only one, in `WebhookSecrets.activationRange`.
    init(after seconds: Int, environment: ServiceEnvironment) {
        now = environment.now
        // A whole second: callers see no fractions, and must not see a time that is too early.
        let activatesAt = Timestamp(milliseconds: (now.seconds + Int64(seconds)) * 1000)
        next = WebhookSecrets.Next(secret: environment.entropy.secret(.webhookSecret), activatesAt: activatesAt)
    }

    /// Stores the new secret of a registered endpoint, in place of one that is pending.
    /// - Throws: `ServiceError.notFound`.
    func apply(to id: EndpointID, in scope: TenantScope) throws -> RotatedWebhookSecret {
        guard let endpoint = try scope.registeredEndpoint(id) else { throw ServiceError.notFound }
        try scope.setSecrets(endpoint.secrets.rotated(to: next, at: now), of: endpoint)
        scope.audit(.endpointSecretRotated, [id.description], at: now)
        return RotatedWebhookSecret(secret: next.secret, activatesAt: next.activatesAt)
    }

    /// Stores the new secret, in place of one that is pending.
    func apply(to tenant: TenantID, in scope: TenantScope) throws -> RotatedWebhookSecret {
        try scope.setWebhookSecrets(try scope.webhookSecrets().rotated(to: next, at: now))
        scope.audit(.webhookSecretRotated, [tenant.description], at: now)
        return RotatedWebhookSecret(secret: next.secret, activatesAt: next.activatesAt)
    }
}
