package import PharmacyDomain
package import PharmacyServices
internal import PharmacyStore

/// Webhook receivers that refuse connections.
package struct UnreachablePort: WebhookSending {
    package init() {}

    package func send(_ request: WebhookRequest) async -> Delivery.Attempt {
        Delivery.Attempt(
            at: Timestamp(milliseconds: 0), duration: .zero, statusCode: nil, error: "connection refused", response: [])
    }
}
