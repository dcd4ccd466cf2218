/// A webhook endpoint that a tenant has registered: it receives events of all orders, in addition to the URLs that an order
/// names itself.
package struct RegisteredEndpoint: Equatable, Sendable, Redacted {
    package let id: EndpointID
    package var details: EndpointDetails
    /// As stored: a replacement may be due.
    package var secrets: WebhookSecrets
    package let createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        id: EndpointID, details: EndpointDetails, secrets: WebhookSecrets, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.details = details
        self.secrets = secrets
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
