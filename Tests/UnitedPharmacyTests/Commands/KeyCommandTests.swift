import Foundation
import NIOHTTP1
import PharmacyDomain
import Testing

@Suite("The key rotate command", .timeLimit(.minutes(3)))
struct KeyCommandTests {
    private func json(_ result: (status: Int32, output: String)) throws -> JSON {
        try #require(result.status == 0, "\(result.output)")
        return try JSON.parse(Array(result.output.utf8))
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test("Keys are rotated while a server runs, which continues and decrypts everything after a restart")
    func rotate() async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let server = try ServerProcess(in: directory)
        defer { server.kill() }
        let partner = try await Partner(server)
        let file = directory.appending(path: "master.key").path
        let before = try text(file)

        let rotated = try json(server.command("key", "rotate", "--json"))
        #expect(rotated["key_file"]?.text == file)
        #expect(rotated["data_keys_replaced"] == 1)
        #expect(rotated["data_keys_still_under_way"] == 0)
        let previousFile = try #require(rotated["previous_key_file"]?.text)
        #expect(try text(previousFile) == before)
        #expect(try text(file) != before)
        for path in [file, previousFile] {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        }
        #expect(!FileManager.default.fileExists(atPath: file + ".next"))
        #expect(try await partner.call(.GET, "/patients/\(partner.patientID)").status == 200)

        // The server creates a key now: under the new master key, or it could not be unwrapped after the restart.
        #expect(try await partner.call(.POST, "/sandbox/wipe", body: [:]).status == 204)
        let renewed = try await Partner(server)
        server.kill()
        let restarted = try ServerProcess(in: directory)
        defer { restarted.kill() }
        let found = try await Partner.call(
            .GET, restarted.origin + "/pharmacy/sandbox/api/v1/patients/\(renewed.patientID)",
            token: renewed.accessToken)
        #expect(found.status == 200)
        #expect(try server.command("audit", "verify").status == 0)
        #expect(try json(server.command("key", "show", "--json")).elements?.first?["tenant"] == "sandbox")
        #expect(try server.command("key", "rotate", "--tenant", "nobody").status == 1)
        #expect(try server.command("key", "rotate", "--tenant", "sandbox", "--only", "master").status == 64)
    }

    @Test("A rotation that a crash interrupted after the database used the new key is completed by the next start")
    func finishes() async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let server = try ServerProcess(in: directory)
        let file = directory.appending(path: "master.key").path
        let rotated = try json(server.command("key", "rotate", "--only", "master", "--json"))
        let previousFile = try #require(rotated["previous_key_file"]?.text)
        server.kill()
        // As it was before the next file took the place of the old.
        let new = try text(file)
        try FileManager.default.moveItem(atPath: file, toPath: file + ".next")
        try FileManager.default.moveItem(atPath: previousFile, toPath: file)
        let restarted = try ServerProcess(in: directory)
        defer { restarted.kill() }
        #expect(try text(file) == new)
        #expect(!FileManager.default.fileExists(atPath: file + ".next"))
    }

    @Test("A next key that the database never used is ignored, and replaced by the next rotation")
    func abandoned() async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let server = try ServerProcess(in: directory)
        defer { server.kill() }
        let file = directory.appending(path: "master.key").path
        let before = try text(file)
        try Data(String(repeating: "a5", count: 32).utf8).write(to: URL(filePath: file + ".next"))
        #expect(try server.command("tenant", "list").status == 0)
        #expect(try text(file) == before)
        #expect(try server.command("key", "rotate").status == 0)
        #expect(try text(file) != String(repeating: "a5", count: 32))
        #expect(!FileManager.default.fileExists(atPath: file + ".next"))
        #expect(try server.command("tenant", "list").status == 0)
    }

    @Test("A master key from a setting is rotated to a new key file while no server runs")
    func setting() async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let config = directory.appending(path: "settings").path
        try Data("UP_MASTER_KEY=\(String(repeating: "a5", count: 32))\n".utf8).write(to: URL(filePath: config))
        let settings = ["UP_MASTER_KEY": String(repeating: "a5", count: 32)]
        let server = try ServerProcess(in: directory, settings: settings)
        let new = directory.appending(path: "new.key").path
        let unnamed = try server.command("key", "rotate", "--config", config)
        #expect(unnamed.status == 1)
        let running = try server.command("key", "rotate", "--config", config, "--new-key-file", new)
        #expect(running.status == 1)
        #expect(!FileManager.default.fileExists(atPath: new))
        server.kill()
        let rotated = try json(
            server.command("key", "rotate", "--config", config, "--new-key-file", new, "--json"))
        #expect(rotated["key_file"]?.text == new)
        #expect(try server.command("tenant", "list", "--config", config).status == 1)
        #expect(try server.command("tenant", "list", "--master-key-file", new).status == 0)
    }

    @Test(
        "After a compromise, one command rotates every key, and the running server refuses what the previous keys signed"
    )
    func distrustsEverything() async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let server = try ServerProcess(in: directory)
        defer { server.kill() }
        let partner = try await Partner(server)
        let path = "/patients/\(partner.patientID)"
        #expect(try await partner.call(.GET, path).status == 200)
        let rotated = try json(server.command("key", "rotate", "--all", "--distrust-now", "--json"))
        #expect(
            rotated["installation_keys_replaced"]?.elements?.compactMap(\.text)
                == ["access-tokens", "medication-ids", "setup-tokens", "audit", "authorization"])
        // Refused within a second; tokens that were verified just before are accepted until then.
        let deadline = ContinuousClock.now + .seconds(5)
        var status = 200
        while status == 200, ContinuousClock.now < deadline {
            status = try await partner.call(.GET, path).status == 401 ? 401 : 200
        }
        #expect(status == 401)
        let setupToken = try #require(rotated["setup_tokens"]?.elements?.first?["setup_token"]?.text)
        let base = server.origin + "/pharmacy/sandbox/api/v1"
        let made = try await Partner.call(.POST, base + "/auth/credentials", token: setupToken, body: [:])
        #expect(made.status == 201)
        #expect(try server.command("key", "rotate", "--all", "--only", "data").status == 64)
        #expect(try server.command("key", "rotate", "--only", "data", "--distrust-now").status == 64)
        #expect(try server.command("audit", "verify").status == 0)
    }
}
