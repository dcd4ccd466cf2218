import NIOHTTP1
import PharmacyDomain
import Synchronization
import Testing

@Suite("Wiping a sandbox", .timeLimit(.minutes(3)))
struct WipeTests {
    /// The results of requests while tenants were wiped.
    private final class Tally: Sendable {
        private let state = Mutex((statuses: [Int: Int](), isOver: false))

        var isOver: Bool { state.withLock(\.isOver) }
        func end() { state.withLock { $0.isOver = true } }
        func count(_ response: Partner.Response) { state.withLock { $0.statuses[response.status, default: 0] += 1 } }
        var statuses: [Int: Int] { state.withLock(\.statuses) }
    }

    private func total(_ partner: Partner, _ path: String) async throws -> Int64? {
        try await partner.call(.GET, path).json["pagination"]?["total"]?.wholeNumber
    }

    /// A token and a patient; `nil` where a wipe came between.
    private func begin(_ server: ServerProcess) async throws -> (token: String, patient: JSON)? {
        let credential = try await Partner.call(
            .POST, server.baseURL + "/auth/credentials", token: ServerProcess.setupToken, body: [:]
        ).json["data"]
        let login: JSON = [
            "client_id": credential?["client_id"] ?? .null, "client_secret": credential?["client_secret"] ?? .null,
        ]
        let tokens = try await Partner.call(.POST, server.baseURL + "/auth/token", token: nil, body: login)
        guard let token = try tokens.json["access_token"]?.text else { return nil }
        let patient = try await Partner.call(
            .POST, server.baseURL + "/patients", token: token, body: Partner.patient)
        return try patient.json["data"]?["uuid"].map { (token, $0) }
    }

    @Test("A wipe under load removes all of the tenant, breaks no request, and does not change another tenant")
    func underLoad() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let made = try server.command("tenant", "create", "trial", "--sandbox", "--json")
        let token = try #require(try JSON.parse(Array(made.output.utf8))["setup_token"]?.text)
        let other = try await Partner(baseURL: server.origin + "/pharmacy/trial/api/v1", setupToken: token)
        let first = try await Partner(server)
        let (tally, untouched) = (Tally(), Tally())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    while !tally.isOver {
                        // After a wipe, a partner creates new credentials.
                        guard let (token, patient) = try await begin(server) else { continue }
                        var number = 0
                        while !tally.isOver {
                            number += 1
                            let order = JSON.object(
                                (first.order(
                                    reference: "\(worker)-\(number)", webhookURLs: [server.origin + "/livez"]
                                ).members ?? []).map { $0.name == "patient_id" ? JSON.Member($0.name, patient) : $0 })
                            let placed = try await Partner.call(
                                .POST, server.baseURL + "/orders", token: token, body: order)
                            tally.count(placed)
                            tally.count(
                                try await Partner.call(
                                    .GET, server.baseURL + "/patients?email=example", token: token))
                            if placed.status == 401 { break }
                        }
                    }
                }
            }
            group.addTask {
                while !tally.isOver {
                    untouched.count(try await other.call(.POST, "/patients", body: Partner.patient))
                }
            }
            for _ in 0..<6 {
                guard let (wiper, _) = try await begin(server) else {
                    Issue.record("nobody wipes but this task")
                    continue
                }
                // In the middle of orders, however long it takes to begin them.
                let placed = tally.statuses[201]
                while tally.statuses[201] == placed {
                    _ = try await Partner.call(.GET, server.baseURL + "/ping", token: nil)
                }
                let response = try await Partner.call(.POST, server.baseURL + "/sandbox/wipe", token: wiper, body: [:])
                #expect(response.status == 204)
                let after = try await Partner.call(.GET, server.baseURL + "/patients", token: wiper)
                #expect(after.status == 401)
            }
            tally.end()
            try await group.waitForAll()
        }
        // A patient or a catalog from before the wipe is not found. It never causes a server error.
        #expect(Set(tally.statuses.keys).isSubset(of: [200, 201, 401, 422]), "\(tally.statuses)")
        #expect(tally.statuses[201] ?? 0 > 0)
        #expect(Set(untouched.statuses.keys) == [201])
        #expect(try await total(other, "/patients") == Int64((untouched.statuses[201] ?? 0) + 1))

        let last = try await Partner(server)
        #expect(try await last.call(.POST, "/sandbox/wipe", body: [:]).status == 204)
        let after = try await Partner(server)
        // The one patient that each new partner of these tests makes.
        #expect(try await total(after, "/patients") == 1)
        for path in ["/orders", "/webhooks/deliveries"] { #expect(try await total(after, path) == 0) }
        let credentials = try await after.call(.GET, "/auth/credentials?include_revoked=true").json["data"]
        #expect(credentials?.elements?.count == 1)
    }

    @Test("A wipe runs when it is due, also if that was while the server was down")
    func bySchedule() async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let server = try ServerProcess(in: directory, settings: ["UP_SANDBOX_WIPE_EVERY": "1s"])
        let partner = try await Partner(server)
        let ping = try await Partner.call(.GET, server.baseURL + "/ping", token: nil)
        let resetsAt = try #require(ping.headers.first(name: "X-Sandbox-Resets-At").flatMap(Timestamp.init))
        server.kill()
        let restarted = try ServerProcess(in: directory, settings: ["UP_SANDBOX_WIPE_EVERY": "24h"])
        defer { restarted.kill() }
        let end = ContinuousClock.now + .seconds(20)
        var status = 200
        while status != 401, ContinuousClock.now < end {
            status = try await Partner.call(
                .GET, restarted.baseURL + "/patients", token: partner.accessToken
            ).status
        }
        #expect(status == 401)
        let next = try await Partner.call(.GET, restarted.baseURL + "/ping", token: nil)
        let nextReset = try #require(next.headers.first(name: "X-Sandbox-Resets-At").flatMap(Timestamp.init))
        #expect(nextReset.since(resetsAt) > .hours(23))
        try restarted.expectIntegrity()
    }
}
