package import PharmacyDomain

/// A new credential with its secrets, which are shown once.
package struct NewCredential: Hashable, Sendable, Redacted {
    package let id: ClientID
    package let secret: String
    package let name: String
    package let scopes: Set<CredentialScope>
    package let createdAt: Timestamp
    /// The tenant's current secret of `X-Webhook-Signature`, even while another is pending.
    package let webhookSecret: String

    package init(
        id: ClientID, secret: String, name: String, scopes: Set<CredentialScope>, createdAt: Timestamp,
        webhookSecret: String
    ) {
        self.id = id
        self.secret = secret
        self.name = name
        self.scopes = scopes
        self.createdAt = createdAt
        self.webhookSecret = webhookSecret
    }
}

extension NewCredential {
    /// The outcome as it is recorded for an idempotency key.
    var outcome: JSON {
        [
            "client_id": .string(id.description),
            "client_secret": .string(secret),
            "name": .string(name),
            "scopes": CredentialScope.json(scopes),
            "status": .string(Credential.Status.active.rawValue),
            "created_at": JSON(createdAt),
            "webhook_secret": .string(webhookSecret),
        ]
    }

    /// Reads back what `outcome` wrote.
    init?(outcome: JSON) {
        func text(_ name: String) -> String? { outcome[name]?.text }
        guard let id = text("client_id").flatMap(ClientID.init), let secret = text("client_secret"),
            let name = text("name"), let createdAt = text("created_at").flatMap(Timestamp.init),
            let webhookSecret = text("webhook_secret")
        else { return nil }
        self.init(
            id: id, secret: secret, name: name, scopes: CredentialScope.scopes(outcome["scopes"]),
            createdAt: createdAt, webhookSecret: webhookSecret)
    }
}
