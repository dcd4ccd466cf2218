import NIOHTTP1
import PharmacyDomain
import Testing

@Suite("Webhooks to the server's own machine", .timeLimit(.minutes(2)))
struct LoopbackEgressTests {
    /// The response to a partner who names a service of this machine.
    private func responses(
        _ settings: [String: String]
    ) async throws -> (test: Partner.Response, order: Partner.Response, requests: [String]) {
        try await WebhookReceiver.with { receiver in
            let server = try ServerProcess(
                in: ServerProcess.temporaryDirectory(),
                settings: settings.merging(["UP_SANDBOX_STEP": "manual"]) { $1 })
            defer { server.kill() }
            let partner = try await Partner(server)
            let test = try await partner.call(
                .POST, "/webhooks/test", body: ["url": .string(receiver.url("/test"))])
            let order = try await partner.call(
                .POST, "/orders", body: partner.order(reference: "1", webhookURLs: [receiver.url("/order")]))
            var paths: [String] = []
            if order.status == 201 {
                for await request in receiver.requests {
                    paths.append(request.path)
                    if paths.contains("/order") { break }
                }
            }
            return (test, order, paths)
        }
    }

    @Test("A server that only this machine reaches delivers webhooks to loopback")
    func local() async throws {
        let (test, order, requests) = try await responses([:])
        #expect(test.status == 200)
        #expect(try test.json["data"]?["is_success"] == true)
        #expect(order.status == 201)
        #expect(Set(requests) == ["/test", "/order"])
    }

    @Test(
        "Behind a configured reverse proxy, no webhook reaches this machine",
        arguments: [
            ["UP_PUBLIC_URL": "https://api.example.com"], ["UP_TRUSTED_PROXIES": "127.0.0.1"],
            ["UP_SANDBOX_LOOPBACK_WEBHOOKS": "off"],
        ])
    func proxied(settings: [String: String]) async throws {
        let (test, order, requests) = try await responses(settings)
        #expect(test.status == 422)
        #expect(try test.json["errors"]?["url"] == ["url must not point to an address that is not public."])
        #expect(order.status == 422)
        #expect(try order.json["errors"]?["webhook_urls.0"] != nil)
        #expect(requests.isEmpty)
    }

    @Test("A loopback webhook URL that was accepted before a public URL was set is not used afterwards")
    func delivery() async throws {
        try await WebhookReceiver.with { receiver in
            let directory = try ServerProcess.temporaryDirectory()
            let settings = ["UP_SANDBOX_STEP": "manual", "UP_WEBHOOK_RETRY_DELAY": "1ms"]
            let first = try ServerProcess(in: directory, settings: settings)
            let partner = try await Partner(first)
            let placed = try await partner.call(
                .POST, "/orders", body: partner.order(reference: "1", webhookURLs: [receiver.url()]))
            let order = try #require(try placed.json["data"]?["uuid"]?.text)
            var made: [JSON] = []
            while made.isEmpty {
                made =
                    try await partner.call(.GET, "/webhooks/deliveries?status=succeeded").json["data"]?.elements ?? []
            }
            #expect(first.stop() == 0)
            let second = try ServerProcess(
                in: directory, settings: settings.merging(["UP_PUBLIC_URL": "https://api.example.com"]) { $1 })
            defer { second.kill() }
            let advanced = try await Partner.call(
                .POST, second.baseURL + "/sandbox/orders/\(order)/advance", token: partner.accessToken,
                body: ["status": "confirmed"])
            #expect(advanced.status == 200)
            var failed: [JSON] = []
            while failed.isEmpty {
                let listed = try await Partner.call(
                    .GET, second.baseURL + "/webhooks/deliveries?status=failed", token: partner.accessToken)
                failed = try listed.json["data"]?.elements ?? []
            }
            #expect(failed.map { $0["event"]?.text } == ["order.confirmed"])
        }
    }

    @Test("Test events are counted by their outcome, without their URLs")
    func counted() async throws {
        try await WebhookReceiver.with { receiver in
            let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
            defer { server.kill() }
            let partner = try await Partner(server)
            for url in [receiver.url(), "http://127.0.0.1:1/", "http://10.0.0.1/"] {
                _ = try await partner.call(.POST, "/webhooks/test", body: ["url": .string(url)])
            }
            let page = String(
                decoding: try await Partner.call(.GET, server.origin + "/metrics", token: nil).bytes, as: UTF8.self)
            for outcome in ["succeeded", "failed", "refused"] {
                #expect(page.contains("webhook_tests_total{outcome=\"\(outcome)\"} 1\n"))
            }
            #expect(!page.contains("10.0.0.1"))
        }
    }
}
