import NIOHTTP1
import PharmacyDomain
import PharmacyServices
import Testing

@Suite("Rotation of the webhook secret of a running server", .timeLimit(.minutes(3)))
struct WebhookSecretTests {
    @Test("A delivery verifies with both secrets until the new one is active, and then only with the new one")
    func rotation() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: ["UP_SANDBOX_STEP": "manual"])
        defer { server.kill() }
        let partner = try await Partner(server)
        try await WebhookReceiver.with { receiver in
            let first = try await rotate(partner, nil, key: "first")
            let old = try #require(WebhookSigner(secret: partner.webhookSecret))
            let next = try #require(WebhookSigner(secret: first))
            #expect(try await rotate(partner, nil, key: "first", isReplay: true) == first)
            try await expectNextWebhook(partner, receiver, [old, next])
            // The pending secret is replaced by one that becomes active at once.
            let last = try #require(WebhookSigner(secret: try await rotate(partner, ["activate_after": 0])))
            try await expectNextWebhook(partner, receiver, [last])
        }
    }

    private func rotate(
        _ partner: Partner, _ body: JSON?, key: String? = nil, isReplay: Bool = false
    ) async throws -> String {
        let response = try await partner.call(
            .POST, "/webhooks/secret/rotate", body: body, headers: key.map { ["Idempotency-Key": $0] } ?? [:])
        #expect(response.status == 200)
        #expect(response.headers.first(name: "Cache-Control") == "no-store")
        #expect(response.headers.first(name: "Idempotent-Replayed") == (isReplay ? "true" : nil))
        return try #require(try response.json["data"]?["webhook_secret"]?.text)
    }

    /// - Parameter signers: of one secret each, the one of `X-Webhook-Signature` first.
    private func expectNextWebhook(
        _ partner: Partner, _ receiver: WebhookReceiver, _ signers: [WebhookSigner]
    ) async throws {
        let placed = try await partner.call(
            .POST, "/orders", body: partner.order(reference: "R", webhookURLs: [receiver.url()]))
        #expect(placed.status == 201)
        var arrivals = receiver.requests.makeAsyncIterator()
        let request = try #require(await arrivals.next())
        #expect(request.headers["x-webhook-signature"] == signers.first?.hexadecimalSignature(of: request.body))
        let seconds = try #require(request.headers["webhook-timestamp"].flatMap { Int64($0) })
        let id = try #require(request.headers["webhook-id"])
        #expect(
            request.headers["webhook-signature"]?.split(separator: " ").map(String.init)
                == signers.map { $0.standardSignature(id: id, seconds: seconds, body: request.body) })
    }
}
