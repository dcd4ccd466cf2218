import Dispatch
import Foundation
import Glibc
import NIOHTTP1
import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import Testing

/// `united-pharmacy copy`.
@Suite("Copies of whole installations", .timeLimit(.minutes(2)))
struct CopyTests {
    private func copy(
        _ source: String, _ destination: String, _ more: String..., environment: [String: String] = [:]
    ) throws -> (status: Int32, output: String) {
        try runProgram(
            [ServerProcess.executable, "copy", "--from", source, "--to", destination] + more, environment: environment)
    }

    /// The digest of each table in the output of copy --json.
    private func digests(_ result: (status: Int32, output: String)) throws -> [String: String] {
        #expect(result.status == 0, "\(result.output)")
        let line = try #require(result.output.split(separator: "\n").first { $0.hasPrefix("{") })
        let tables = try #require(try JSON.parse(Array(line.utf8))["tables"]?.elements)
        return try Dictionary(
            uniqueKeysWithValues: tables.map { table in
                #expect(table["rows"]?.wholeNumber != nil)
                return (try #require(table["name"]?.text), try #require(table["sha256"]?.text))
            })
    }

    /// Tables that a copy adds its own line to.
    private static let audit = ["audit_entries", "audit_head"]

    // MARK: A used installation

    /// The records of a partner in an installation.
    private struct Usage {
        let partner: Partner
        /// A request with an idempotency key, and its response.
        let request: JSON
        let response: Partner.Response
        /// The orders by their paths.
        let orders: [String: [UInt8]]
        let deliveries: Set<String>
    }

    private static let key = ["Idempotency-Key": "once"]

    private func deliveries(_ base: String, _ partner: Partner) async throws -> [JSON] {
        let response = try await Partner.call(
            .GET, base + "/webhooks/deliveries?per_page=100", token: partner.accessToken)
        return try #require(try response.json["data"]?.elements)
    }

    /// Places orders whose deliveries succeed, fail finally, and wait for a response. The server is killed meanwhile.
    private func use(_ server: ServerProcess) async throws -> Usage {
        let partner = try await Partner(server)
        let silence = try SilentPort()
        return try await WebhookReceiver.with { receiver in
            var orders: [String] = []
            var (request, first) = (JSON.null, Partner.Response?.none)
            for reference in ["A", "B", "C"] {
                // No server listens on port 9.
                let urls = [receiver.url(), "http://127.0.0.1:9/\(reference)", "http://127.0.0.1:\(silence.port)/"]
                let body = partner.order(reference: reference, webhookURLs: urls)
                let placed = try await partner.call(
                    .POST, "/orders", body: body, headers: reference == "A" ? CopyTests.key : [:])
                if reference == "A" { (request, first) = (body, placed) }
                orders.append(try #require(try placed.json["data"]?["uuid"]?.text))
            }
            for order in orders {
                let advanced = try await partner.call(
                    .POST, "/sandbox/orders/\(order)/advance", body: ["status": "shipped"])
                #expect(advanced.status == 200)
            }
            var states: [String: Int] = [:]
            var known: [JSON] = []
            while states["succeeded", default: 0] < 12 || states["failed", default: 0] < 1 {
                known = try await deliveries(server.baseURL, partner)
                states = Dictionary(known.compactMap { $0["status"]?.text }.map { ($0, 1) }, uniquingKeysWith: +)
            }
            #expect(states["pending", default: 0] >= 12)
            var documents: [String: [UInt8]] = [:]
            for order in orders {
                documents["/orders/\(order)"] = try await partner.call(.GET, "/orders/\(order)").bytes
            }
            server.kill()
            return Usage(
                partner: partner, request: request, response: try #require(first), orders: documents,
                deliveries: Set(known.compactMap { $0["id"]?.text }))
        }
    }

    /// Checks that a copy serves the records of the original, and continues with them.
    private func check(_ used: Usage, servedBy server: ServerProcess, settings: [String: String] = [:]) async throws {
        let (base, token) = (server.baseURL, used.partner.accessToken)
        for (path, document) in used.orders {
            let response = try await Partner.call(.GET, base + path, token: token)
            #expect(response.status == 200 && response.bytes == document, "\(path)")
        }
        let patient = try await Partner.call(.GET, base + "/patients/\(used.partner.patientID)", token: token)
        #expect(try patient.json["data"]?["email"] == Partner.patient["email"])
        let delivered = try await deliveries(base, used.partner).compactMap { $0["id"]?.text }
        #expect(used.deliveries.count == 36 && used.deliveries.isSubset(of: delivered))
        // A repeated request gets the stored response. A new one creates another order.
        let again = try await Partner.call(
            .POST, base + "/orders", token: token, body: used.request, headers: CopyTests.key)
        #expect(again.status == 201 && again.bytes == used.response.bytes)
        let new = try await Partner.call(
            .POST, base + "/orders", token: token, body: used.partner.order(reference: "new"))
        #expect(new.status == 201)
        let listed = try await Partner.call(.GET, base + "/orders?per_page=100", token: token)
        let orders = try listed.json["data"]?.elements?.compactMap { $0["uuid"]?.text } ?? []
        #expect(orders.first == (try new.json["data"]?["uuid"]?.text))
        #expect(orders.count > 3 && Set(orders).count == orders.count)

        for (arguments, output) in [
            (["audit", "verify"], "unbroken"), (["audit", "list", "--action", "installation.copied"], "operator:"),
            (["integrity", "check"], "0 findings"),
        ] {
            let result = try runProgram(
                [ServerProcess.executable] + arguments + ["--data-dir", server.directory.path], environment: settings)
            #expect(result.status == 0 && result.output.contains(output), "\(result.output)")
        }
    }

    private func copyMasterKey(from server: URL, to directory: URL) throws {
        try FileManager.default.copyItem(
            at: server.appending(path: "master.key"), to: directory.appending(path: "master.key"))
    }

    @Test("An SQLite installation that was killed under load is copied, and the copy serves")
    func betweenFiles() async throws {
        let server = try ServerProcess(
            on: .sqlite, in: ServerProcess.temporaryDirectory(), settings: ["UP_SANDBOX_STEP": "manual"])
        defer { server.kill() }
        let busy = try copy(server.directory.path, ServerProcess.temporaryDirectory().path)
        #expect(busy.status == 1 && busy.output.contains("Another server is running"))
        let used = try await use(server)

        let directory = try ServerProcess.temporaryDirectory()
        let made = try copy(server.directory.path, directory.path)
        #expect(made.status == 0, "\(made.output)")
        #expect(made.output.contains("The master key is not copied. Copy \(server.directory.path)/master.key"))
        let table = made.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(table.first == ["NAME", "ROWS", "SHA256"])
        #expect(table.contains { $0.starts(with: ["orders", "3"]) && $0.last?.count == 16 })
        let left = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(left.sorted() == ["server.lock", "united-pharmacy.sqlite"])

        try copyMasterKey(from: server.directory, to: directory)
        let second = try ServerProcess(on: .sqlite, in: directory, settings: ["UP_SANDBOX_STEP": "manual"])
        defer { second.kill() }
        try await check(used, servedBy: second)
        let taken = try copy(server.directory.path, directory.path)
        #expect(taken.status == 1 && taken.output.contains("There is a database \(directory.path)"))
        let refreshed = try await Partner.call(
            .POST, second.baseURL + "/auth/refresh", token: nil,
            body: ["refresh_token": .string(used.partner.refreshToken)])
        #expect(refreshed.status == 200)
    }

    @Test(
        "An installation is copied to PostgreSQL and back, and both copies serve",
        .enabled(if: TestDatabase.isPostgreSQL))
    func roundTrip() async throws {
        let server = try ServerProcess(
            on: .sqlite, in: ServerProcess.temporaryDirectory(), settings: ["UP_SANDBOX_STEP": "manual"])
        defer { server.kill() }
        let used = try await use(server)
        let url = try TestDatabase.newURL()
        let first = try digests(copy(server.directory.path, url, "--json"))
        let again = try copy(server.directory.path, url)
        #expect(again.status == 1 && again.output.contains("is not empty"))

        // Back without a server in between: the same, byte for byte.
        let unserved = try ServerProcess.temporaryDirectory()
        try copyMasterKey(from: server.directory, to: unserved)
        let same = try digests(copy(url, "sqlite:\(unserved.path)", "--json"))
        #expect(first.filter { !CopyTests.audit.contains($0.key) } == same.filter { !CopyTests.audit.contains($0.key) })

        // The same data directory, whose master key is used with the new database.
        let settings = ["UP_SANDBOX_STEP": "manual", "UP_DATABASE_URL": url]
        let second = try ServerProcess(in: server.directory, settings: settings)
        defer { second.kill() }
        try await check(used, servedBy: second, settings: settings)
        #expect(second.stop() == 0)

        let directory = try ServerProcess.temporaryDirectory()
        try copyMasterKey(from: server.directory, to: directory)
        _ = try digests(copy(url, directory.path, "--json"))
        let third = try ServerProcess(on: .sqlite, in: directory, settings: ["UP_SANDBOX_STEP": "manual"])
        defer { third.kill() }
        try await check(used, servedBy: third)
    }

    // MARK: Refusals

    @Test("A copy that fails prints one sentence and creates nothing")
    func refusals() async throws {
        let server = try ServerProcess(on: .sqlite, in: ServerProcess.temporaryDirectory())
        #expect(server.stop() == 0)
        let source = server.directory.path
        let parent = try ServerProcess.temporaryDirectory()
        let destination = parent.appending(path: "copy.sqlite").path
        for (from, to, status, sentence) in [
            ("mysql://host/up", destination, 2, "--from must be a URL like postgres://user@host/database"),
            (source, "sqlite:", 2, "--to must be a URL like postgres://user@host/database"),
            ("\(parent.path)/none.sqlite", destination, 1, "There is no database \(parent.path)/none.sqlite."),
            ("\(parent.path)/none", destination, 1, "There is no database \(parent.path)/none/united-pharmacy.sqlite."),
            (source, source, 1, "There is a database \(source)/united-pharmacy.sqlite already: move it away first."),
            (source, "\(parent.path)/no/copy.sqlite", 1, "copy.sqlite cannot be written"),
        ] as [(String, String, Int32, String)] {
            let refused = try copy(from, to)
            #expect(refused.status == status)
            #expect(refused.output.hasPrefix("united-pharmacy: ") && refused.output.contains(sentence))
            #expect(refused.output.split(separator: "\n").count == 1)
        }
        #expect(try copy(source, destination, "--database-url", "postgres://host/up").status == 64)
        #expect(try runProgram([ServerProcess.executable, "copy", "--from", source]).status == 64)
        let wrong = try copy(
            source, destination, environment: ["UP_MASTER_KEY": String(repeating: "5a", count: 32)])
        #expect(wrong.status == 1 && wrong.output.contains("The master key is not the one"))
        try FileManager.default.moveItem(
            at: server.directory.appending(path: "master.key"), to: server.directory.appending(path: "key"))
        let keyless = try copy(source, destination, "--data-dir", parent.path)
        #expect(keyless.status == 1 && keyless.output.contains("There is no master key"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path).isEmpty)
        let named = try copy(source, destination, "--master-key-file", source + "/key")
        #expect(named.status == 0, "\(named.output)")
    }

    @Test("An altered audit log is copied unchanged, and reported as broken")
    func alteredAudit() async throws {
        let server = try ServerProcess(on: .sqlite, in: ServerProcess.temporaryDirectory())
        #expect(server.stop() == 0)
        let path = server.directory.appending(path: "united-pharmacy.sqlite").path
        let engine = try SQLiteEngine(path: path, readingThreads: 1, notifier: ChangeNotifier())
        let entry = try await engine.write { db in
            try db.run("DROP TRIGGER audit_entries_are_not_changed", [])
            return try db.row(
                "UPDATE audit_entries SET at = at + 1 WHERE sequence = 2 RETURNING sequence", []
            ) { try $0.integer(0) }
        }
        await engine.close()
        #expect(entry == 2)
        let copied = try copy(path, ServerProcess.temporaryDirectory().path)
        #expect(copied.status == 1)
        #expect(copied.output.contains("is broken at entry 2: the entry was altered."))
    }

    @Test("An unreachable database server is reported without its URL", .enabled(if: TestDatabase.isPostgreSQL))
    func unreachable() throws {
        let server = try ServerProcess(on: .sqlite, in: ServerProcess.temporaryDirectory())
        #expect(server.stop() == 0)
        let result = try copy(server.directory.path, "postgresql://up:hunter2@127.0.0.1:1/up")
        #expect(result.status == 1 && result.output.contains("the database server cannot be reached"))
        #expect(!result.output.contains("hunter2"))
    }

    // MARK: A crash

    /// Creates so many patients that copying them takes a while.
    private func fill(_ server: ServerProcess) async throws {
        let engine = try SQLiteEngine(
            path: server.directory.appending(path: "united-pharmacy.sqlite").path, readingThreads: 1,
            notifier: ChangeNotifier())
        _ = try await engine.write { db in
            try db.run(
                """
                INSERT INTO patients (tenant_id, uuid, created_at, updated_at, change_sequence)
                WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 200000)
                SELECT 1, 'patient ' || n, n, n, n FROM numbers
                """, [])
        }
        await engine.close()
    }

    /// Starts a copy that is killed (SIGKILL) as soon as a file exists.
    private func copyKilled(_ source: String, _ destination: String, at file: String) async throws -> Int32 {
        let arguments = [
            "sh", "-c",
            "\"$0\" copy --from \"$1\" --to \"$2\" & until [ -e \"$3\" ]; do sleep 0.01; done; "
                + "kill -9 $!; wait $!",
            try ServerProcess.executable, source, destination, file,
        ]
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try runProgram(arguments).status })
            }
        }
    }

    @Test("A copy to a file that is killed leaves no database, and succeeds when repeated")
    func killed() async throws {
        let server = try ServerProcess(on: .sqlite, in: ServerProcess.temporaryDirectory())
        #expect(server.stop() == 0)
        try await fill(server)
        let directory = try ServerProcess.temporaryDirectory()
        let file = directory.appending(path: "united-pharmacy.sqlite").path
        #expect(try await copyKilled(server.directory.path, file, at: file + ".copying-journal") == 128 + SIGKILL)
        #expect(!FileManager.default.fileExists(atPath: file))
        #expect(try digests(copy(server.directory.path, directory.path, "--json")).count > 10)
        let left = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(left.sorted() == ["server.lock", "united-pharmacy.sqlite"])
    }

    #if PostgreSQL
    @Test(
        "A copy to PostgreSQL that is killed leaves no table, and succeeds when repeated",
        .enabled(if: TestDatabase.isPostgreSQL))
    func killedOnServer() async throws {
        let server = try ServerProcess(on: .sqlite, in: ServerProcess.temporaryDirectory())
        #expect(server.stop() == 0)
        try await fill(server)
        let url = try TestDatabase.newURL()
        let engine = try PostgreSQLEngine(
            url: url, pool: ConnectionPoolSize(connections: 5), notifier: ChangeNotifier())
        let mark = server.directory.appending(path: "mark")
        async let killed = copyKilled(server.directory.path, url, at: mark.path)
        /// Transactions that write: the copy's.
        let writers: SQL = """
            SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """
        let count = { try await engine.read { try $0.row(writers, []) { try $0.integer(0) } } }
        while try await count() == 0 {}
        try Data().write(to: mark)
        #expect(try await killed == 128 + SIGKILL)
        while try await count() != 0 {}
        let tables = try await engine.read { db in
            try db.row(
                "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema()", []
            ) { try $0.integer(0) }
        }
        #expect(tables == 0)
        await engine.close()
        #expect(try digests(copy(server.directory.path, url, "--json")).count > 10)
    }
    #endif
}

/// A port that accepts connections and never responds.
private final class SilentPort: Sendable {
    private let socket: Int32
    let port: UInt16

    init() throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { [socket] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(socket, generic, length) == 0 && listen(socket, 64) == 0
                    && getsockname(socket, generic, &length) == 0
            }
        }
        try #require(isListening)
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(socket) }
}
