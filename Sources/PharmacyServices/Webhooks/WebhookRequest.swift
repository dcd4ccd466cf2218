internal import NIOHTTP1
package import PharmacyDomain

/// One request to a receiver.
package struct WebhookRequest: Sendable {
    /// The tenant whose event it reports.
    package let tenant: TenantID
    package let url: WebhookURL
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    package let egress: EgressPolicy

    package init(
        tenant: TenantID, url: WebhookURL, headers: [(name: String, value: String)], body: [UInt8], egress: EgressPolicy
    ) {
        self.tenant = tenant
        self.url = url
        self.headers = headers
        self.body = body
        self.egress = egress
    }

    /// The request that reports an event, signed now; `nil` when a secret cannot be read.
    init?(
        _ id: EventID, _ type: WebhookEventType, of tenant: TenantID, to url: WebhookURL, body: [UInt8],
        secrets: WebhookSecrets, at now: Timestamp, egress: EgressPolicy
    ) {
        let secrets = secrets.settled(at: now)
        guard let signer = WebhookSigner(secret: secrets.current, next: secrets.next?.secret) else { return nil }
        self.init(
            tenant: tenant, url: url, headers: signer.headers(eventID: id, type: type, sentAt: now, body: body),
            body: body, egress: egress)
    }
}
