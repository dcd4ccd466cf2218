extension RegisteredEndpoint {
    /// The parts that are stored encrypted, except for the URL, which the deliveries to it share. Format 1.
    package var document: JSON {
        [
            "description": JSON(details.description),
            "secret": .string(secrets.current),
            "next_secret": JSON(secrets.next?.secret),
            "next_activates_at": JSON(secrets.next?.activatesAt),
        ]
    }

    /// Reads back the description and the secrets that `document` wrote; `nil` for anything else.
    package static func sealedParts(in document: JSON) -> (description: String?, secrets: WebhookSecrets)? {
        guard let current = document["secret"]?.text else { return nil }
        let description = document["description"]?.text
        guard let next = document["next_secret"]?.text else { return (description, WebhookSecrets(current: current)) }
        guard let activatesAt = document["next_activates_at"]?.text.flatMap(Timestamp.init) else { return nil }
        return (
            description,
            WebhookSecrets(current: current, next: WebhookSecrets.Next(secret: next, activatesAt: activatesAt))
        )
    }
}
