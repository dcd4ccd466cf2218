import Foundation
import HTTPTypes
import NIOHTTP1
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("The server as a process", .serialized, .timeLimit(.minutes(3)))
struct EndToEndTests {
    @Test("The README's shell blocks lead from an empty directory to a delivered order")
    func quickStart() throws {
        let readme = try String(
            contentsOfFile: FileManager.default.currentDirectoryPath + "/README.md", encoding: .utf8)
        let blocks = readme.components(separatedBy: "```sh\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
        try #require(blocks.count >= 6)
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        let result = try runProgram(
            ["bash", "-euo", "pipefail"],
            environment: ["BASE": server.baseURL, "SETUP_TOKEN": ServerProcess.setupToken],
            input: blocks.joined(separator: "\n"))
        #expect(result.status == 0, "\(result.output)")
        #expect(result.output.contains("delivered"))
        #expect(server.stop() == 0)
    }

    @Test("Every change of an order is delivered in order with both signatures, and repeated when it was refused")
    func webhooks() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        let partner = try await Partner(server)
        try await WebhookReceiver.with(response: { earlier, _ in earlier == 0 ? .internalServerError : .ok }) {
            receiver in
            let placed = try await partner.call(
                .POST, "/orders", body: partner.order(reference: "A", webhookURLs: [receiver.url()]))
            #expect(placed.status == 201)
            var received: [WebhookReceiver.Received] = []
            for await request in receiver.requests {
                received.append(request)
                if received.count == 6 { break }
            }
            let events = try received.map { try $0.json["event"]?.text }
            #expect(
                events == [
                    "order.created", "order.created", "order.confirmed", "order.processing", "order.shipped",
                    "order.delivered",
                ])
            #expect(try received.map { try $0.json["sequence"]?.wholeNumber } == [1, 1, 2, 3, 4, 5])
            #expect(received[0].headers["webhook-id"] == received[1].headers["webhook-id"])
            #expect(try received[4].json["shipping"]?["carrier"]?.text?.isEmpty == false)
            let signer = try #require(WebhookSigner(secret: partner.webhookSecret))
            for request in received {
                #expect(request.headers["x-webhook-signature"] == signer.hexadecimalSignature(of: request.body))
                let seconds = try #require(request.headers["webhook-timestamp"].flatMap { Int64($0) })
                let id = try #require(request.headers["webhook-id"])
                #expect(
                    request.headers["webhook-signature"]
                        == signer.standardSignature(id: id, seconds: seconds, body: request.body))
                #expect(request.headers["x-webhook-event"] == (try request.json["event"]?.text))
            }
        }
        #expect(server.stop() == 0)
    }

    @Test("A kill -9 under load loses no acknowledged order, and every webhook is delivered")
    func crash() async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let server = try ServerProcess(in: directory)
        let partner = try await Partner(server)
        try await WebhookReceiver.with { receiver in
            // The process is killed at the arrival of the twentieth webhook, in the middle of everything.
            let acknowledged = try await withThrowingTaskGroup(of: [String].self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        var orders: [String] = []
                        for number in 0..<200 {
                            let body = partner.order(reference: "\(worker)-\(number)", webhookURLs: [receiver.url()])
                            guard let response = try? await partner.call(.POST, "/orders", body: body) else { break }
                            #expect(response.status == 201)
                            if let id = try response.json["data"]?["uuid"]?.text { orders.append(id) }
                        }
                        return orders
                    }
                }
                var iterator = receiver.requests.makeAsyncIterator()
                for _ in 0..<20 { _ = await iterator.next() }
                server.kill()
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(acknowledged.count >= 8)
            let again = try ServerProcess(in: directory)
            for id in acknowledged {
                let response = try await Partner.call(
                    .GET, again.baseURL + "/orders/\(id)", token: partner.accessToken)
                #expect(response.status == 200)
            }
            // Each acknowledged order's last event comes; what came before the crash may have been taken already.
            var waiting = Set(acknowledged)
            let delivered = try await deliveredOrders(again, partner)
            waiting.subtract(delivered)
            var arrivals = receiver.requests.makeAsyncIterator()
            while !waiting.isEmpty {
                let json = try #require(await arrivals.next()).json
                if json["event"] == "order.delivered", let id = json["order"]?["uuid"]?.text { waiting.remove(id) }
            }
            try again.expectIntegrity()
            #expect(again.stop() == 0)
        }
    }

    /// Orders whose last webhook has been delivered.
    private func deliveredOrders(_ server: ServerProcess, _ partner: Partner) async throws -> [String] {
        let response = try await Partner.call(
            .GET, server.baseURL + "/webhooks/deliveries?event=order.delivered&status=succeeded&per_page=100",
            token: partner.accessToken)
        return try #require(response.json["data"]?.elements).compactMap { $0["order"]?.text }
    }

    /// All data of a stopped server: its files, and a dump of its PostgreSQL database.
    private func storedFiles(in directory: URL) throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for file in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            contents[file] = try Data(contentsOf: directory.appending(path: file))
        }
        if let url = try TestDatabase.settings(forDataDirectory: directory.path)["UP_DATABASE_URL"] {
            // Bytes as text where they are that.
            let dump = try runProgram(
                ["pg_dump", "--dbname", url], environment: ["PGOPTIONS": "-c bytea_output=escape"])
            try #require(dump.status == 0, "\(dump.output)")
            contents["database"] = Data(dump.output.utf8)
        }
        return contents
    }

    @Test("Stored files contain no readable personal data")
    func sealedAtRest() async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let server = try ServerProcess(in: directory)
        let partner = try await Partner(server)
        let placed = try await partner.call(
            .POST, "/orders", body: partner.order(reference: "ORD-SEALED", memo: "marzipan"))
        #expect(placed.status == 201)
        let found = try await partner.call(.GET, "/patients?email=QUACKENBUSH@exam")
        #expect(try found.json["pagination"]?["total"]?.wholeNumber == 1)
        #expect(server.stop() == 0)
        let secrets = [
            "Zebulon", "Quackenbush", "quackenbush", "1984-02-29", "5558675309", "Sunset Strip", "marzipan",
            "xylophone", "ORD-SEALED",
            partner.accessToken, partner.webhookSecret,
        ]
        let contents = try storedFiles(in: directory)
        // The searched files contain the records.
        #expect(contents.values.contains { $0.firstRange(of: Data(partner.clientID.utf8)) != nil })
        for (file, content) in contents {
            for secret in secrets {
                #expect(content.firstRange(of: Data(secret.utf8)) == nil, "\(secret) in \(file)")
            }
        }
    }

    @Test("A second server on the same data directory is refused with one sentence")
    func secondServer() throws {
        let directory = try ServerProcess.temporaryDirectory()
        let server = try ServerProcess(in: directory)
        let result = try ServerProcess.run(["serve", "--port", "0"], in: directory)
        #expect(result.status == 1)
        #expect(result.output.contains("Another server is running"))
        #expect(server.stop() == 0)
    }

    @Test(
        "An invalid setting stops the start with one sentence that names it",
        arguments: [
            "UP_PORT": "eighty", "UP_SANDBOX_STEP": "soon", "UP_RATE_LIMIT": "many", "UP_MASTER_KEY": "short",
            "UP_AUDIT_RETENTION": "long",
        ])
    func badSettings(name: String, value: String) throws {
        let directory = try ServerProcess.temporaryDirectory()
        let result = try ServerProcess.run(["serve"], in: directory, settings: [name: value])
        #expect(result.status == 2)
        #expect(result.output.contains(name))
        #expect(result.output.split(separator: "\n").count == 1)
        #expect(!result.output.contains(value))
    }

    @Test("A port in use stops the start with one sentence that names it")
    func portInUse() throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let port = try #require(server.origin.split(separator: ":").last.map(String.init))
        let result = try ServerProcess.run(["serve", "--port", port], in: ServerProcess.temporaryDirectory())
        #expect(result.status == 1)
        #expect(result.output.contains("united-pharmacy: Port \(port) of 127.0.0.1 is in use by another program"))
        #expect(!result.output.contains("errno"))
    }
}
