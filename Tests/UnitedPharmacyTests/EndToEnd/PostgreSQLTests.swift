import Dispatch
import Foundation
import NIOHTTP1
import PharmacyDomain
import PharmacyTestSupport
import Testing

/// The built executable on a PostgreSQL database.
@Suite("The server on PostgreSQL", .enabled(if: TestDatabase.isPostgreSQL), .timeLimit(.minutes(3)))
struct PostgreSQLTests {
    private static let masterKey = String(repeating: "5a", count: 32)

    /// Starts a node with a data directory of its own; the master key is all nodes' own.
    private func node(_ url: String) throws -> ServerProcess {
        try ServerProcess(
            in: ServerProcess.temporaryDirectory(),
            settings: [
                "UP_DATABASE_URL": url, "UP_SANDBOX_STEP": "manual", "UP_MASTER_KEY": PostgreSQLTests.masterKey,
            ])
    }

    /// Starts nodes concurrently, each on a thread that may block.
    private func nodes(_ count: Int, on url: String) async throws -> [ServerProcess] {
        try await withThrowingTaskGroup(of: ServerProcess.self) { group in
            for _ in 0..<count {
                group.addTask {
                    try await withCheckedThrowingContinuation { continuation in
                        DispatchQueue.global().async { continuation.resume(with: Result { try self.node(url) }) }
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test("A credential revoked on one of three nodes is refused by the others within a second")
    func revocation() async throws {
        let nodes = try await nodes(3, on: TestDatabase.newURL())
        defer { for node in nodes { node.kill() } }
        let partner = try await Partner(nodes[0])
        @Sendable func ping(_ node: ServerProcess) async throws -> Int {
            try await Partner.call(.GET, node.baseURL + "/patients", token: partner.accessToken).status
        }
        for node in nodes { #expect(try await ping(node) == 200) }
        let revoked = try await Partner.call(
            .DELETE, nodes[1].baseURL + "/auth/credentials/\(partner.clientID)", token: partner.accessToken)
        #expect(revoked.status == 204)
        let end = ContinuousClock.now + .seconds(1)
        for node in nodes { while try await ping(node) != 401, ContinuousClock.now < end {} }
        for node in nodes { #expect(try await ping(node) == 401) }
    }

    @Test("Another node delivers the events of a killed node's orders, in the order of each order")
    func takeover() async throws {
        let url = try TestDatabase.newURL()
        let nodes = try await nodes(2, on: url)
        defer { for node in nodes { node.kill() } }
        try await WebhookReceiver.with { receiver in
            let partner = try await Partner(nodes[0])
            var placed: [String] = []
            for number in 1...30 {
                let response = try await partner.call(
                    .POST, "/orders",
                    body: partner.order(reference: "ORD-\(number)", webhookURLs: [receiver.url()]))
                #expect(response.status == 201)
                placed.append(try #require(try response.json["data"]?["uuid"]?.text))
            }
            nodes[0].kill()
            let command = try nodes[1].command(
                "tenant", "show", "sandbox", "--json", settings: ["UP_MASTER_KEY": PostgreSQLTests.masterKey])
            #expect(try JSON.parse(Array(command.output.utf8))["patients"] == 1)
            let other = nodes[1].baseURL
            let listed = try await Partner.call(.GET, other + "/orders?per_page=100", token: partner.accessToken)
            #expect(try listed.json["data"]?.elements?.compactMap { $0["uuid"]?.text } == placed.reversed())
            for order in placed {
                let advanced = try await Partner.call(
                    .POST, other + "/sandbox/orders/\(order)/advance", token: partner.accessToken,
                    body: ["status": "confirmed"])
                #expect(advanced.status == 200)
            }
            // Made at least once: what the first node had sent, and could not note, comes again.
            var events: [String: [String]] = [:]
            for await request in receiver.requests {
                let body = try request.json
                let (order, event) = (body["order"]?["uuid"]?.text, body["event"]?.text)
                events[try #require(order), default: []].append(try #require(event))
                if placed.allSatisfy({ events[$0]?.last == "order.confirmed" }) { break }
            }
            for order in placed {
                #expect(events[order]?.first == "order.created")
                #expect(events[order]?.drop { $0 == "order.created" } == ["order.confirmed"])
            }
            let third = try node(url)
            defer { third.kill() }
            let again = try await Partner.call(.GET, third.baseURL + "/orders", token: partner.accessToken)
            #expect(again.status == 200)
            try third.expectIntegrity(settings: ["UP_MASTER_KEY": PostgreSQLTests.masterKey])
        }
    }

    @Test("An unreachable database stops the start with a sentence without its URL")
    func unreachable() throws {
        let result = try ServerProcess.run(
            ["serve", "--port", "0"], in: ServerProcess.temporaryDirectory(),
            settings: [
                "UP_DATABASE_URL": "postgresql://up:hunter2@127.0.0.1:1/up", "UP_DATABASE_START_WAIT": "0s",
            ])
        #expect(result.status == 1)
        #expect(result.output.contains("the database server cannot be reached"))
        #expect(!result.output.contains("hunter2") && !result.output.contains("127.0.0.1:1"))
    }
}
