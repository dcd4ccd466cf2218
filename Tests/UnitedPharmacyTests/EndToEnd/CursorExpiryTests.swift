import Foundation
import NIOHTTP1
import PharmacyDomain
import PharmacyTestSupport
import Testing

/// Tests cursors of a partner after the database was restored.
@Suite(
    "Cursors after a restore", .disabled(if: TestDatabase.isPostgreSQL, "restore is of SQLite files"),
    .timeLimit(.minutes(3)))
struct CursorExpiryTests {
    private func place(_ count: Int, _ base: String, _ partner: Partner) async throws {
        for number in 1...count {
            let placed = try await Partner.call(
                .POST, base + "/orders", token: partner.accessToken, body: partner.order(reference: "ORD-\(number)"))
            #expect(placed.status == 201)
        }
    }

    private func events(
        _ base: String, _ partner: Partner, after cursor: String? = nil
    ) async throws -> Partner.Response {
        try await Partner.call(
            .GET, base + "/webhooks/events?limit=100" + (cursor.map { "&after=\($0)" } ?? ""),
            token: partner.accessToken)
    }

    private func ids(_ response: Partner.Response) throws -> [String] {
        #expect(response.status == 200)
        return try #require(try response.json["data"]?.elements).compactMap { $0["id"]?.text }
    }

    @Test(
        "A cursor from after the backup returns 410, the audit log has the reason, and a new start returns every event")
    func restored() async throws {
        let settings = ["UP_SANDBOX_STEP": "manual"]
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: settings)
        defer { server.kill() }
        let partner = try await Partner(server)
        try await place(2, server.baseURL, partner)
        let before = try ids(try await events(server.baseURL, partner))
        let file = server.directory.appending(path: "copy.sqlite")
        #expect(try server.command("backup", file.path).status == 0)
        try await place(3, server.baseURL, partner)
        let late = try await events(server.baseURL, partner)
        let cursor = try #require(try late.json["next_cursor"]?.text)
        #expect(try ids(late).count == 5)
        #expect(server.stop() == 0)
        let remembered = try String(
            contentsOf: server.directory.appending(path: "incarnation"), encoding: .utf8)
        #expect(remembered.hasSuffix("\n"))

        let directory = try ServerProcess.temporaryDirectory()
        try FileManager.default.copyItem(
            at: server.directory.appending(path: "master.key"), to: directory.appending(path: "master.key"))
        let result = try runProgram(
            [ServerProcess.executable, "restore", file.path, "--json", "--data-dir", directory.path])
        #expect(result.status == 0, "\(result.output)")
        let second = try ServerProcess(in: directory, settings: settings)
        defer { second.kill() }
        try await place(6, second.baseURL, partner)
        let refused = try await events(second.baseURL, partner, after: cursor)
        #expect(refused.status == 410)
        #expect(try refused.json["code"] == "cursor_expired")
        let all = try ids(try await events(second.baseURL, partner))
        #expect(all.count == 8 && all.starts(with: before))
        let audit = try second.command("audit", "list", "--action", "epoch.begun")
        #expect(audit.status == 0 && audit.output.contains("epoch.begun"))
        #expect(try second.command("audit", "verify").status == 0)
    }

    @Test("A raw copy over the database of a stopped server is detected at the next start")
    func overwritten() async throws {
        let settings = ["UP_SANDBOX_STEP": "manual"]
        let first = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: settings)
        let partner = try await Partner(first)
        try await place(1, first.baseURL, partner)
        #expect(first.stop() == 0)
        let path = first.directory.appending(path: "united-pharmacy.sqlite")
        let copy = try Data(contentsOf: path)
        let second = try ServerProcess(in: first.directory, settings: settings)
        try await place(2, second.baseURL, partner)
        let cursor = try #require(try await events(second.baseURL, partner).json["next_cursor"]?.text)
        #expect(second.stop() == 0)
        let file = try FileHandle(forWritingTo: path)
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: copy)
        try file.close()
        let third = try ServerProcess(in: first.directory, settings: settings)
        defer { third.kill() }
        #expect(try await events(third.baseURL, partner, after: cursor).status == 410)
    }
}
