import Foundation
import NIOHTTP1
import PharmacyDomain
import PharmacyTestSupport
import Testing

/// `united-pharmacy backup` and `restore`.
@Suite("Backups", .disabled(if: TestDatabase.isPostgreSQL, "they are of SQLite files"), .timeLimit(.minutes(3)))
struct BackupTests {
    /// A directory for a restored installation, with the key of another.
    private func directory(keyOf server: ServerProcess) throws -> URL {
        let directory = try ServerProcess.temporaryDirectory()
        try FileManager.default.copyItem(
            at: server.directory.appending(path: "master.key"), to: directory.appending(path: "master.key"))
        return directory
    }

    private func restore(_ file: URL, to directory: URL) throws -> (status: Int32, output: String) {
        try runProgram(
            [ServerProcess.executable, "restore", file.path, "--json", "--data-dir", directory.path])
    }

    @Test("A backup during load contains every order acknowledged before it, and serves after a restore")
    func whileServing() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let partner = try await Partner(server)
        @Sendable func place(_ reference: String) async throws -> String {
            let response = try await partner.call(.POST, "/orders", body: partner.order(reference: reference))
            #expect(response.status == 201)
            return try #require(try response.json["data"]?["uuid"]?.text)
        }
        var before: [String] = []
        for number in 1...20 { before.append(try await place("BEFORE-\(number)")) }
        let file = server.directory.appending(path: "copy.sqlite")
        async let concurrentOrders: Void = { for number in 1...40 { _ = try await place("BESIDE-\(number)") } }()
        let made = try server.command("backup", file.path)
        #expect(made.status == 0)
        try await concurrentOrders
        let again = try server.command("backup", file.path)
        #expect(again.status == 1 && again.output.contains("already exists"))
        server.kill()

        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let directory = try directory(keyOf: server)
        let restored = try restore(file, to: directory)
        #expect(restored.status == 0)
        #expect(try JSON.parse(Array(restored.output.utf8))["patients"] == 1)
        let left = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(left.sorted() == ["master.key", "server.lock", "united-pharmacy.sqlite"])

        let second = try ServerProcess(in: directory)
        defer { second.kill() }
        for order in before {
            let found = try await Partner.call(
                .GET, second.baseURL + "/orders/\(order)", token: partner.accessToken)
            #expect(found.status == 200)
        }
        #expect(try second.command("audit", "verify").status == 0)
        let running = try restore(file, to: directory)
        #expect(running.status == 1 && running.output.contains("Another server is running"))
    }

    @Test("A restore that fails prints a sentence and does not change the directory")
    func refused() throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        let file = server.directory.appending(path: "copy.sqlite")
        #expect(try server.command("backup", file.path).status == 0)
        #expect(server.stop() == 0)

        let taken = try restore(file, to: server.directory)
        #expect(taken.status == 1 && taken.output.contains("There is a database"))

        let keyless = try restore(file, to: ServerProcess.temporaryDirectory())
        #expect(keyless.status == 1 && keyless.output.contains("There is no master key"))

        let directory = try directory(keyOf: server)
        let text = server.directory.appending(path: "text")
        try Data(repeating: 0x41, count: 4_096).write(to: text)
        let damaged = server.directory.appending(path: "damaged.sqlite")
        var bytes = try Data(contentsOf: file)
        bytes.replaceSubrange(
            bytes.count / 2..<bytes.count, with: Data(repeating: 0x41, count: bytes.count - bytes.count / 2))
        try bytes.write(to: damaged)
        let missing = server.directory.appending(path: "missing")
        for other in [text, damaged, missing] {
            let refused = try restore(other, to: directory)
            #expect(refused.status == 1 && !refused.output.isEmpty)
        }
        let key = directory.appending(path: "master.key")
        try FileManager.default.removeItem(at: key)
        try Data((String(repeating: "5a", count: 32) + "\n").utf8).write(to: key)
        let strange = try restore(file, to: directory)
        #expect(strange.status == 1 && strange.output.contains("The master key is not the one"))
        let left = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(left.sorted() == ["master.key", "server.lock"])
    }
}
