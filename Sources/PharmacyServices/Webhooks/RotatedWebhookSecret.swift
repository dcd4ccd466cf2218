package import PharmacyDomain

/// The new secret of a rotation, which is shown once.
package struct RotatedWebhookSecret: Hashable, Sendable, Redacted {
    package let secret: String
    /// When the new secret becomes the only one.
    package let activatesAt: Timestamp

    package init(secret: String, activatesAt: Timestamp) {
        self.secret = secret
        self.activatesAt = activatesAt
    }
}

extension RotatedWebhookSecret {
    /// The outcome as it is recorded for an idempotency key.
    var outcome: JSON { ["webhook_secret": .string(secret), "activates_at": JSON(activatesAt)] }

    /// Reads back what `outcome` wrote.
    init?(outcome: JSON) {
        guard let secret = outcome["webhook_secret"]?.text,
            let activatesAt = outcome["activates_at"]?.text.flatMap(Timestamp.init)
        else { return nil }
        self.init(secret: secret, activatesAt: activatesAt)
    }
}
