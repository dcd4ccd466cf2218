import HTTPTypes
import NIOHTTP1
import PharmacyDomain
import Testing

@Suite("The deliveries commands while a server runs", .timeLimit(.minutes(2)))
struct DeliveriesCommandTests {
    private func json(_ result: (status: Int32, output: String)) throws -> JSON {
        try #require(result.status == 0, "\(result.output)")
        return try JSON.parse(Array(result.output.utf8))
    }

    @Test("A failed delivery is listed, shown and repeated, and the server delivers it")
    func redelivery() async throws {
        let server = try ServerProcess(
            in: ServerProcess.temporaryDirectory(),
            settings: ["UP_SANDBOX_STEP": "manual", "UP_WEBHOOK_RETRY_DELAY": "1ms"])
        defer { server.kill() }
        let partner = try await Partner(server)
        // The receiver refuses an attempt and its three retries, and then is well.
        try await WebhookReceiver.with(response: { earlier, _ in earlier < 4 ? .internalServerError : .ok }) {
            receiver in
            let placed = try await partner.call(
                .POST, "/orders",
                body: partner.order(reference: "1", webhookURLs: [receiver.url("/hook") + "?token=secret"]))
            let order = try #require(try placed.json["data"]?["uuid"]?.text)
            var requests = receiver.requests.makeAsyncIterator()
            for _ in 1...4 { _ = try #require(await requests.next()) }
            var failed: [JSON] = []
            while failed.isEmpty {
                failed =
                    try json(
                        server.command(
                            "deliveries", "list", "--tenant", "sandbox", "--status", "failed", "--order", order,
                            "--limit", "5", "--json")
                    ).elements ?? []
            }
            #expect(failed.count == 1)
            #expect(failed[0]["url"]?.text == receiver.url("/hook"))
            #expect(failed[0]["attempts"] == 4)
            let id = try #require(failed[0]["id"]?.text)
            let shown = try json(server.command("deliveries", "show", id, "--json"))
            #expect(shown["order"]?.text == order)
            #expect(shown["attempt_log"]?.elements?.map { $0["status_code"] } == [500, 500, 500, 500])

            #expect(try json(server.command("deliveries", "redeliver", id, "--json")) == ["redelivered": 1])
            let again = try #require(await requests.next())
            #expect(try again.json["order"]?["uuid"]?.text == order)
            // One entry is one line.
            let entry = try json(server.command("audit", "list", "--action", "delivery.redelivered", "--json"))
            #expect(entry["actor"]?.text?.hasPrefix("operator:") == true)
            #expect(entry["subjects"] == [.string(id)])
            #expect(
                try json(
                    server.command(
                        "deliveries", "redeliver", "--failed-since", "2026-01-31T00:00:00Z", "--tenant", "sandbox",
                        "--json")) == ["redelivered": 0])
        }
    }

    @Test("Text output has tables without secrets, and a command that fails prints one sentence")
    func texts() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: ["UP_SANDBOX_STEP": "manual"])
        defer { server.kill() }
        #expect(try server.command("deliveries", "list").output == "(none)\n")
        let partner = try await Partner(server)
        // No server listens there.
        _ = try await partner.call(
            .POST, "/orders",
            body: partner.order(reference: "1", webhookURLs: ["http://127.0.0.1:9/hook?token=secret"]))
        let listed = try server.command("deliveries", "list")
        #expect(listed.output.hasPrefix("ID "))
        #expect(listed.output.contains(" http://127.0.0.1:9/hook "))
        #expect(!listed.output.contains("secret"))
        let id = try #require(
            try json(server.command("deliveries", "list", "--json")).elements?.first?["id"]?.text)
        let shown = try server.command("deliveries", "show", id)
        #expect(shown.output.contains("order.created"))
        #expect(!shown.output.contains("secret"))
        let unknown = "00000000-0000-4000-8000-000000000000"
        for (arguments, sentence) in [
            (
                ["deliveries", "show", unknown],
                "There is no delivery \(unknown). List deliveries with: deliveries list"
            ),
            (
                ["deliveries", "redeliver", unknown],
                "There is no delivery \(unknown). List deliveries with: deliveries list"
            ),
            (["deliveries", "list", "--tenant", "nobody"], "There is no tenant nobody. List all with: tenant list"),
            (["deliveries", "list", "--order", unknown], "There is no order \(unknown)."),
        ] {
            let result = try ServerProcess.run(arguments, in: server.directory)
            #expect(result.status == 1)
            #expect(result.output == "united-pharmacy: \(sentence)\n")
        }
        for arguments in [
            ["deliveries", "list", "--status", "lost"], ["deliveries", "list", "--limit", "0"],
            ["deliveries", "list", "--limit", "1001"], ["deliveries", "list", "--order", "ORD-1"],
            ["deliveries", "redeliver"], ["deliveries", "redeliver", id, "--failed-since", "2026-01-31T00:00:00Z"],
            ["deliveries", "redeliver", "--failed-since", "yesterday"],
            ["deliveries", "redeliver", id, "--tenant", "sandbox"],
        ] {
            #expect(try ServerProcess.run(arguments, in: server.directory).status == 64, "\(arguments)")
        }
    }
}
