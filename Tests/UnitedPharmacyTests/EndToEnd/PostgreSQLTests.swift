import Foundation
import NIOHTTP1
import PharmacyDomain
import PharmacyTestSupport
import Testing

/// The built executable on a PostgreSQL database.
@Suite("The server on PostgreSQL", .enabled(if: TestDatabase.isPostgreSQL), .timeLimit(.minutes(1)))
struct PostgreSQLTests {
    private func server(_ url: String, in directory: URL) throws -> ServerProcess {
        try ServerProcess(in: directory, settings: ["UP_DATABASE_URL": url, "UP_SANDBOX_STEP": "manual"])
    }

    @Test("Orders are placed and told to the partner, and outlive a kill -9; another server on the database is refused")
    func serves() async throws {
        let (url, directory) = (try TestDatabase.newURL(), try ServerProcess.temporaryDirectory())
        try await WebhookReceiver.with { receiver in
            var server = try self.server(url, in: directory)
            let partner = try await Partner(server)
            var arrivals = receiver.requests.makeAsyncIterator()
            var orders: [String] = []
            for number in 1...20 {
                let placed = try await partner.call(
                    .POST, "/orders",
                    body: partner.order(reference: "ORD-\(number)", webhookURLs: [receiver.url()]))
                #expect(placed.status == 201)
                orders.append(try #require(try placed.json["data"]?["uuid"]?.text))
            }
            for _ in orders { #expect(try await arrivals.next()?.json["event"] == "order.created") }

            let second = try runProgram(
                [ServerProcess.executable, "serve", "--port", "0"],
                environment: [
                    "UP_DATABASE_URL": url, "UP_DATA_DIR": ServerProcess.temporaryDirectory().path,
                    "UP_MASTER_KEY_FILE": directory.appending(path: "master.key").path,
                ])
            #expect(second.status == 1)
            #expect(second.output.contains("another server is running on the database"))
            #expect(!second.output.contains("postgresql://"))

            let command = try runProgram(
                [ServerProcess.executable, "tenant", "show", "sandbox", "--json", "--data-dir", directory.path],
                environment: ["UP_DATABASE_URL": url])
            #expect(try JSON.parse(Array(command.output.utf8))["patients"] == 1)

            server.kill()
            server = try self.server(url, in: directory)
            defer { server.kill() }
            let again = try await Partner(server)
            let listed = try await again.call(.GET, "/orders?per_page=100")
            let found = try #require(try listed.json["data"]?.elements).compactMap { $0["uuid"]?.text }
            #expect(found == orders.reversed())
            let advanced = try await again.call(
                .POST, "/sandbox/orders/\(orders[0])/advance", body: ["status": "shipped"])
            #expect(advanced.status == 200)
            for event in ["order.confirmed", "order.processing", "order.shipped"] {
                #expect(try await arrivals.next()?.json["event"]?.text == event)
            }
        }
    }

    @Test("A database that cannot be reached stops the start with a sentence that does not hold its URL")
    func unreachable() throws {
        let result = try runProgram(
            [ServerProcess.executable, "serve", "--port", "0"],
            environment: [
                "UP_DATABASE_URL": "postgresql://up:hunter2@127.0.0.1:1/up",
                "UP_DATA_DIR": ServerProcess.temporaryDirectory().path,
            ])
        #expect(result.status == 1)
        #expect(result.output.contains("the database server cannot be reached"))
        #expect(!result.output.contains("hunter2") && !result.output.contains("127.0.0.1:1"))
    }
}
