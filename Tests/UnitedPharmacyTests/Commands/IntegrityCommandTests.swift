import Foundation
import NIOHTTP1
import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("The integrity, key export and key retire commands", .timeLimit(.minutes(3)))
struct IntegrityCommandTests {
    private func json(_ result: (status: Int32, output: String)) throws -> JSON {
        try #require(result.status == 0, "\(result.output)")
        return try JSON.parse(Array(result.output.utf8))
    }

    @Test("integrity check checks all records while a server runs, reports the result, and is audited")
    func check() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let partner = try await Partner(server)
        #expect(try await partner.call(.POST, "/orders", body: partner.order(reference: "one")).status == 201)
        let report = try json(server.command("integrity", "check", "--json"))
        #expect(report["total"] == 0)
        #expect(report["tenants"] == 1)
        #expect(try #require(report["records"]?.wholeNumber) > 3)
        #expect(report["findings"]?.elements == [])
        let text = try server.command("integrity", "check", "--tenant", "sandbox")
        #expect(text.status == 0 && text.output.contains("of 1 tenants, 0 findings"))
        #expect(try server.command("integrity", "check", "--tenant", "nobody").status == 1)
        #expect(try server.command("integrity", "check", "--limit", "0").status == 64)
        let audited = try server.command("audit", "list", "--action", "integrity.checked")
        #expect(audited.output.split(separator: "\n").count == 2)
        #expect(audited.output.contains("findings:0"))
    }

    @Test("Previous master keys are listed, then overwritten and removed; the current key is retained")
    func retire() async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let server = try ServerProcess(in: directory)
        defer { server.kill() }
        let file = directory.appending(path: "master.key").path
        #expect(try json(server.command("key", "retire", "--json")).elements == [])
        var replaced: [String] = []
        for _ in 1...2 {
            let rotated = try json(server.command("key", "rotate", "--only", "master", "--json"))
            replaced.append(try #require(rotated["previous_key_file"]?.text))
        }
        let listed = try json(server.command("key", "retire", "--json")).elements?.compactMap { $0["file"]?.text }
        #expect(listed.map(Set.init) == Set(replaced))
        // A file with the current key is a copy. No file is removed.
        let copy = file + ".until-1"
        try FileManager.default.copyItem(atPath: file, toPath: copy)
        let refused = try server.command("key", "retire", "--yes")
        #expect(refused.status == 1 && refused.output.contains("contains the current master key"))
        #expect(replaced.allSatisfy { FileManager.default.fileExists(atPath: $0) })
        try FileManager.default.removeItem(atPath: copy)

        #expect(try server.command("key", "retire", "--yes").status == 0)
        #expect(!replaced.contains { FileManager.default.fileExists(atPath: $0) })
        #expect(FileManager.default.fileExists(atPath: file))
        #expect(try server.command("tenant", "list").status == 0)
        let audited = try server.command("audit", "list", "--action", "key.master_retired")
        #expect(audited.output.split(separator: "\n").count == 2)
    }

    @Test(
        "A backup without keys is restored with exported keys, and a tenant that was erased since is named",
        .disabled(if: TestDatabase.isPostgreSQL, "backups are of SQLite files"))
    func keysApart() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let partner = try await Partner(server)
        #expect(try server.command("tenant", "create", "acme").status == 0)
        let (records, keys) = (
            server.directory.appending(path: "records.sqlite"), server.directory.appending(path: "keys.json")
        )
        #expect(try json(server.command("backup", records.path, "--without-keys", "--json"))["has_keys"] == false)
        #expect(try server.command("tenant", "delete", "acme", "--yes").status == 0)
        #expect(try server.command("key", "export", keys.path).status == 0)
        #expect(try server.command("key", "export", keys.path).status == 1, "a file is never replaced")
        let mode = try FileManager.default.attributesOfItem(atPath: keys.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)

        let directory = try ServerProcess.temporaryDirectory()
        try FileManager.default.copyItem(
            at: server.directory.appending(path: "master.key"), to: directory.appending(path: "master.key"))
        server.kill()
        func restore(_ arguments: String...) throws -> (status: Int32, output: String) {
            try runProgram(
                [ServerProcess.executable, "restore", records.path, "--json", "--data-dir", directory.path] + arguments)
        }
        let bare = try restore()
        #expect(bare.status == 1 && bare.output.contains("made without keys"))
        let wrong = try restore("--keys", records.path)
        #expect(wrong.status == 1 && wrong.output.contains("The file of keys cannot be read"))
        let restored = try json(restore("--keys", keys.path))
        #expect(restored["erased_tenants"]?.elements == ["acme"])
        let second = try ServerProcess(on: .sqlite, in: directory)
        defer { second.kill() }
        let patient = try await Partner.call(
            .GET, second.baseURL + "/patients/\(partner.patientID)", token: partner.accessToken)
        #expect(patient.status == 200)
        try second.expectIntegrity()
    }
}
