internal import NIOHTTP1
package import PharmacyDomain

/// Sends webhook requests. Failures are part of the attempt that is returned.
package protocol WebhookSending: Sendable {
    func send(_ request: WebhookRequest) async -> Delivery.Attempt
}
