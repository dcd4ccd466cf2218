import Foundation
import NIOHTTP1
import PharmacyDomain
import PharmacyTestSupport
import Testing

/// The built executable while its database cannot be written, over real sockets.
@Suite("The server while its database fails", .timeLimit(.minutes(2)))
struct StoreOutageTests {
    private static let masterKey = String(repeating: "5a", count: 32)

    private func text(_ path: String, of server: ServerProcess) async throws -> (status: Int, text: String) {
        let response = try await Partner.call(.GET, server.origin + path, token: nil)
        return (response.status, String(decoding: response.bytes, as: UTF8.self))
    }

    /// The lines of a server's log that contain a text.
    private func lines(_ log: URL, _ words: String) throws -> [String] {
        try String(contentsOf: log, encoding: .utf8).split(separator: "\n").map(String.init).filter {
            $0.contains(words)
        }
    }

    /// Expects that the log names no error by its type alone, and reports each cause once.
    private func expectCauses(in log: URL) throws {
        #expect(try lines(log, "StoreError") == [])
        let causes = try lines(log, "the database fails").compactMap { line in
            line.split(separator: " ").last { $0.hasPrefix("cause=") }
        }
        #expect(!causes.isEmpty && causes.count == Set(causes).count, "\(causes)")
        #expect(try lines(log, "failed and will try again") == [])
    }

    private func expectRefusal(_ response: Partner.Response) throws {
        #expect(response.status == 503)
        #expect(try response.json["code"] == "storage_unavailable")
        #expect(response.headers.first(name: "Retry-After").flatMap { Int($0) } ?? 0 >= 1)
    }

    @Test("On a full disk writes get 503 and reads succeed; the log and /readyz report the cause until it ends")
    func fullDisk() async throws {
        let log = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString).log")
        let server = try ServerProcess(
            on: .sqlite, in: ServerProcess.temporaryDirectory(), settings: ["UP_LOG_LEVEL": "notice"], log: log)
        defer { server.kill() }
        let partner = try await Partner(server)
        #expect(try await text("/readyz", of: server) == (200, "ok\n"))

        /// Limits the length of all files of the server; longer files cannot grow.
        func limit(_ size: String) throws {
            let set = try runProgram(["prlimit", "--pid", "\(server.identifier)", "--fsize=\(size):"])
            #expect(set.status == 0, "\(set.output)")
        }
        // The log is shorter, and continues.
        try limit("65536")
        var refused = try await partner.call(.POST, "/patients", body: Partner.patient)
        while refused.status == 201 { refused = try await partner.call(.POST, "/patients", body: Partner.patient) }
        try expectRefusal(refused)
        while try await text("/readyz", of: server) != (503, "not ready: the database's disk is full\n") {
            refused = try await partner.call(.POST, "/patients", body: Partner.patient)
        }
        for _ in 0..<20 { try expectRefusal(try await partner.call(.POST, "/patients", body: Partner.patient)) }
        #expect(try await partner.call(.GET, "/patients/\(partner.patientID)").status == 200)
        #expect(try await text("/livez", of: server).status == 200)
        let began = try lines(log, "the database fails: the disk is full (SQLite 778, ")
        #expect(began.count == 1 && began.first?.contains("File too large): free space") == true, "\(began)")
        #expect(try lines(log, "the database works again") == [])

        try limit("unlimited")
        while try await partner.call(.POST, "/patients", body: Partner.patient).status != 201 {}
        while try await text("/readyz", of: server).status != 200 {}
        while try lines(log, "the database works again").isEmpty { _ = try await text("/readyz", of: server) }
        try expectCauses(in: log)
        let page = try await text("/metrics", of: server).text
        #expect(page.contains("united_pharmacy_store_errors_total{kind=\"damaged\"} 0\n"))
        #expect(!page.contains("united_pharmacy_store_errors_total{kind=\"disk_full\"} 0\n"))
        #expect(server.stop() == 0)
        try server.expectIntegrity()
    }

    @Test(
        "While only a standby is available, requests get 503 and /readyz reports the cause, until it is promoted",
        .enabled(if: TestDatabase.isPostgreSQL))
    func standby() async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let (primary, standby) = (directory.path + "/a", directory.path + "/b")
        @discardableResult
        func cluster(_ arguments: String...) throws -> String {
            let script = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../../Scripts/postgresql").standardized.path
            let result = try runProgram([script] + arguments)
            #expect(result.status == 0, "\(result.output)")
            return result.output
        }
        let url = try cluster("start", primary).trimmingCharacters(in: .newlines)
        defer {
            _ = try? cluster("stop", primary)
            _ = try? cluster("stop", standby)
        }
        try cluster("standby", standby, primary)
        let log = directory.appending(path: "log")
        let server = try ServerProcess(
            in: ServerProcess.temporaryDirectory(),
            settings: [
                "UP_DATABASE_URL": url.replacing("host=\(primary)", with: "host=\(primary),\(standby)"),
                "UP_MASTER_KEY": StoreOutageTests.masterKey, "UP_LOG_LEVEL": "notice",
            ], log: log)
        defer { server.kill() }
        let partner = try await Partner(server)
        // All that the partner has made is on the standby, too.
        let caughtUp = "SELECT COUNT(*) FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn()"
        while try runProgram(["psql", "-tA", url, "-c", caughtUp]).output != "1\n" {}

        try cluster("stop", primary)
        while true {
            let probe = try await text("/readyz", of: server)
            #expect(probe.status == 503 || probe == (200, "ok\n"))
            #expect(!probe.text.contains(directory.path) && !probe.text.contains("pharmacy"))
            if probe == (503, "not ready: the database takes no writes\n") { break }
        }
        for _ in 0..<10 {
            try expectRefusal(try await partner.call(.POST, "/orders", body: partner.order(reference: "ORD-1")))
            try expectRefusal(try await partner.call(.GET, "/patients/\(partner.patientID)"))
        }
        #expect(try lines(log, "cause=read_only").count == 1)

        try cluster("promote", standby)
        while try await partner.call(.POST, "/orders", body: partner.order(reference: "ORD-1")).status != 201 {}
        while try await text("/readyz", of: server).status != 200 {}
        while try lines(log, "the database works again").filter({ $0.contains("cause=read_only") }).isEmpty {
            _ = try await text("/readyz", of: server)
        }
        try expectCauses(in: log)
        #expect(server.stop() == 0)
    }

    @Test("A command on a damaged or missing database prints the cause with advice, and exits with 1")
    func commands() throws {
        let server = try ServerProcess(on: .sqlite, in: ServerProcess.temporaryDirectory())
        #expect(server.stop() == 0)
        let path = server.directory.appending(path: "united-pharmacy.sqlite")
        var bytes = try Data(contentsOf: path)
        bytes.replaceSubrange(4_096..., with: Data(repeating: 0xA5, count: bytes.count - 4_096))
        try bytes.write(to: path)
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path.path + suffix) }
        for arguments in [
            ["tenant", "list"], ["serve", "--port", "0"], ["audit", "verify"], ["quarantine", "list"],
        ] {
            let result = try ServerProcess.run(arguments, in: server.directory, settings: ["UP_DATABASE_URL": ""])
            #expect(result.status == 1, "\(arguments)")
            #expect(result.output.contains("the database file is damaged"), "\(result.output)")
            #expect(result.output.contains("restore a backup") && !result.output.contains("StoreError"))
        }
        #if PostgreSQL
        for (url, words) in [
            ("postgresql://up:hunter2@127.0.0.1:1/up", "Connection refused"),
            ("postgresql://up:hunter2@no-such-host.invalid/up?sslmode=require", "could not translate host name"),
        ] {
            let result = try ServerProcess.run(
                ["tenant", "list"], in: server.directory,
                settings: ["UP_DATABASE_URL": url, "UP_MASTER_KEY": StoreOutageTests.masterKey])
            #expect(result.status == 1 && result.output.contains(words), "\(result.output)")
            #expect(!result.output.contains("hunter2"))
        }
        #endif
    }
}
