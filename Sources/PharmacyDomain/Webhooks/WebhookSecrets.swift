/// What a tenant's webhooks are signed with: one secret, and during a rotation also the one that takes over.
package struct WebhookSecrets: Equatable, Sendable {
    /// A secret that is not the only one yet.
    package struct Next: Equatable, Sendable {
        /// The whole secret, `whsec_` and all.
        package let secret: String
        /// From when on it is the only one.
        package let activatesAt: Timestamp

        package init(secret: String, activatesAt: Timestamp) {
            self.secret = secret
            self.activatesAt = activatesAt
        }
    }

    /// The whole secret that `X-Webhook-Signature` is made with, `whsec_` and all.
    package let current: String
    /// The secret that `webhook-signature` is made with as well.
    package let next: Next?

    package init(current: String, next: Next? = nil) {
        self.current = current
        self.next = next
    }

    /// The secrets as they count at a moment: a next one that is due is the current one.
    package func settled(at moment: Timestamp) -> WebhookSecrets {
        guard let next, next.activatesAt <= moment else { return self }
        return WebhookSecrets(current: next.secret)
    }

    /// The secrets after a rotation, which takes the place of one that is pending.
    package func rotated(to next: Next, at moment: Timestamp) -> WebhookSecrets {
        WebhookSecrets(current: settled(at: moment).current, next: next).settled(at: moment)
    }

    /// Seconds from a rotation until the new secret is the only one: up to 7 days (contract, Webhooks).
    package static let activationRange = 0...604_800
    /// Seconds from a rotation until the new secret is the only one, unless the rotation says otherwise: 24 hours.
    package static let activationDefault = 86_400
}
