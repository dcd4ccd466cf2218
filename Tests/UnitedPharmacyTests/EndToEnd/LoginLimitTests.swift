import NIOHTTP1
import PharmacyDomain
import Testing

@Suite("Limits of logins", .timeLimit(.minutes(3)))
struct LoginLimitTests {
    private func login(
        _ server: ServerProcess, client: String, secret: String, from address: String
    ) async throws -> Partner.Response {
        try await Partner.call(
            .POST, server.baseURL + "/auth/token", token: nil,
            body: ["client_id": .string(client), "client_secret": .string(secret)],
            headers: ["X-Forwarded-For": address])
    }

    @Test(
        "Clients behind a trusted proxy have separate limits, and guesses at one client id are counted together")
    func trustedProxy() async throws {
        let server = try ServerProcess(
            in: ServerProcess.temporaryDirectory(),
            settings: ["UP_AUTH_RATE_LIMIT": "5/h", "UP_TRUSTED_PROXIES": "127.0.0.0/8"])
        defer { server.kill() }
        let partner = try await Partner(server)
        let other = "6f1f2b1e-7f55-4d6c-9a35-0b6f6c9a2d11"
        for number in 1...5 {
            let response = try await login(server, client: partner.clientID, secret: "wrong", from: "192.0.2.\(number)")
            #expect(response.status == 401)
        }
        let sixth = try await login(server, client: partner.clientID, secret: "wrong", from: "192.0.2.6")
        #expect(sixth.status == 429)
        #expect(try sixth.json["error"] == "temporarily_unavailable")
        #expect(sixth.headers.first(name: "Retry-After").flatMap { Int($0) } ?? 0 > 0)
        // Other clients and earlier tokens are not affected.
        #expect(try await login(server, client: other, secret: "wrong", from: "192.0.2.7").status == 401)
        #expect(try await partner.call(.GET, "/patients").status == 200)
        // One address has used up its own limit, whatever it requests.
        for _ in 0..<4 { _ = try await login(server, client: other, secret: "wrong", from: "192.0.2.8") }
        let spent = try await Partner.call(
            .POST, server.baseURL + "/auth/revoke", token: nil, body: ["token": "none"],
            headers: ["X-Forwarded-For": "192.0.2.8"])
        #expect(spent.status == 200)
        let over = try await login(server, client: other, secret: "wrong", from: "192.0.2.8")
        #expect(over.status == 429)
    }

    @Test("X-Forwarded-For of other clients is ignored")
    func unrelatedClients() async throws {
        let server = try ServerProcess(
            in: ServerProcess.temporaryDirectory(), settings: ["UP_AUTH_RATE_LIMIT": "5/h"])
        defer { server.kill() }
        let statuses = try await [1, 2, 3, 4, 5, 6].reduce(into: [Int]()) { statuses, number in
            let response = try await login(
                server, client: "6f1f2b1e-7f55-4d6c-9a35-0b6f6c9a2d1\(number)", secret: "wrong",
                from: "192.0.2.\(number)")
            statuses.append(response.status)
        }
        #expect(statuses == [401, 401, 401, 401, 401, 429])
    }
}

extension Array {
    /// `reduce(into:_:)` for steps that wait.
    fileprivate func reduce<Result>(
        into initial: Result, _ step: (inout Result, Element) async throws -> Void
    ) async rethrows -> Result {
        var result = initial
        for element in self { try await step(&result, element) }
        return result
    }
}
