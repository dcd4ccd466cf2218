/// Whose secret signs a webhook.
package enum WebhookSecretOwner: Hashable, Sendable {
    /// The tenant: its secret signs for the URLs that orders name, unless an endpoint is registered there.
    case tenant
    /// A registered endpoint: its secret signs for its URL.
    case endpoint(EndpointID, WebhookURL)
}
