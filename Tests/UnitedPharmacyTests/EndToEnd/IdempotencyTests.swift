import NIOHTTP1
import PharmacyDomain
import Testing

@Suite("Idempotency keys over HTTP", .timeLimit(.minutes(3)))
struct IdempotencyTests {
    /// A request that creates, and how many of what it creates there are.
    private struct Creation {
        let path: String
        let body: JSON
        let list: String
        /// Of those that were there before.
        let offset: Int
    }

    @Test("Fifty identical concurrent requests have one effect; the others get the same response or are asked to wait")
    func simultaneous() async throws {
        let server = try ServerProcess(
            in: ServerProcess.temporaryDirectory(), settings: ["UP_SANDBOX_STEP": "manual"])
        defer { server.kill() }
        let partner = try await Partner(server)
        for creation in [
            Creation(path: "/patients", body: Partner.patient, list: "/patients", offset: 1),
            Creation(path: "/orders", body: partner.order(reference: "one"), list: "/orders", offset: 0),
            Creation(path: "/auth/credentials", body: ["name": "One"], list: "/auth/credentials", offset: 1),
        ] {
            let responses = try await withThrowingTaskGroup(of: Partner.Response.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await partner.call(
                            .POST, creation.path, body: creation.body, headers: ["Idempotency-Key": "\"once\""])
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let created = responses.filter { $0.status == 201 }
            #expect(Set(created.map(\.bytes)).count == 1, "\(creation.path)")
            #expect(created.filter { $0.headers.first(name: "Idempotent-Replayed") == nil }.count == 1)
            for waiting in responses where waiting.status != 201 {
                #expect(waiting.status == 409)
                #expect(try waiting.json["code"] == "idempotency_in_progress")
                #expect(waiting.headers.first(name: "Retry-After") != nil)
            }
            let listed = try await partner.call(.GET, creation.list)
            let count = try listed.json["data"]?.elements?.count
            #expect(count == creation.offset + 1, "\(creation.path)")

            // The key bare is the same key; with another body it is refused.
            let again = try await partner.call(
                .POST, creation.path, body: creation.body, headers: ["Idempotency-Key": "once"])
            #expect(again.bytes == created.first?.bytes)
            let other = try await partner.call(
                .POST, creation.path, body: ["name": "Other"], headers: ["Idempotency-Key": "once"])
            #expect(other.status == 422)
        }
    }

    @Test("A repeated request with the same key gets the same response after kill -9")
    func afterCrash() async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let first = try ServerProcess(in: directory, settings: ["UP_SANDBOX_STEP": "manual"])
        let partner = try await Partner(first)
        let order = partner.order(reference: "one")
        let placed = try await partner.call(.POST, "/orders", body: order, headers: ["Idempotency-Key": "k"])
        first.kill()
        let second = try ServerProcess(in: directory, settings: ["UP_SANDBOX_STEP": "manual"])
        defer { second.kill() }
        let again = try await Partner.call(
            .POST, second.baseURL + "/orders", token: partner.accessToken, body: order,
            headers: ["Idempotency-Key": "k"])
        #expect(again.status == 201)
        #expect(again.bytes == placed.bytes)
        #expect(again.headers.first(name: "Idempotent-Replayed") == "true")
        let listed = try await Partner.call(.GET, second.baseURL + "/orders", token: partner.accessToken)
        #expect(try listed.json["pagination"]?["total"] == 1)
        try second.expectIntegrity()
    }
}
