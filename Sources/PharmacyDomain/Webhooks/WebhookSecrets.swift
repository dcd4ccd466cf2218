/// The secrets that sign a tenant's webhooks: one, and during a rotation also its replacement.
package struct WebhookSecrets: Equatable, Sendable {
    /// The replacement, while the present secret is still in use.
    package struct Next: Equatable, Sendable {
        /// With its prefix `whsec_`.
        package let secret: String
        /// From then on it is the only secret.
        package let activatesAt: Timestamp

        package init(secret: String, activatesAt: Timestamp) {
            self.secret = secret
            self.activatesAt = activatesAt
        }
    }

    /// The secret of `X-Webhook-Signature`, with its prefix `whsec_`.
    package let current: String
    /// A second secret of `webhook-signature`.
    package let next: Next?

    package init(current: String, next: Next? = nil) {
        self.current = current
        self.next = next
    }

    /// The secrets in effect at a given time: a replacement that is due is the current one.
    package func settled(at moment: Timestamp) -> WebhookSecrets {
        guard let next, next.activatesAt <= moment else { return self }
        return WebhookSecrets(current: next.secret)
    }

    /// The secrets after a rotation, which replaces one that is pending.
    package func rotated(to next: Next, at moment: Timestamp) -> WebhookSecrets {
        WebhookSecrets(current: settled(at: moment).current, next: next).settled(at: moment)
    }

    /// Seconds from a rotation until the new secret is the only one: up to 7 days (contract, Webhooks).
    package static let activationRange = 0...604_800
    /// The default of `activationRange`: 24 hours.
    package static let activationDefault = 86_400
}
