import Foundation
import NIOHTTP1
import PharmacyDomain
import PharmacyTestSupport
import Testing

/// Starts on PostgreSQL servers, and poolers, that are not as they must be.
@Suite("Starting on PostgreSQL", .enabled(if: TestDatabase.isPostgreSQL), .timeLimit(.minutes(3)))
struct PostgreSQLStartTests {
    private static let key = ["UP_MASTER_KEY": String(repeating: "5a", count: 32)]

    /// Runs a server that does not get as far as serving.
    private func serve(_ url: String, wait: String = "0s") throws -> (status: Int32, output: String) {
        try ServerProcess.run(
            ["serve", "--port", "0"], in: ServerProcess.temporaryDirectory(),
            settings: PostgreSQLStartTests.key.merging([
                "UP_DATABASE_URL": url, "UP_DATABASE_START_WAIT": wait, "UP_LOG_LEVEL": "error",
            ]) { $1 })
    }

    @Test(
        "A database with another encoding than UTF-8 is refused, with the statement that creates one",
        arguments: ["LATIN1", "SQL_ASCII"])
    func encoding(name: String) throws {
        let server = try #require(ProcessInfo.processInfo.environment["UP_TEST_DATABASE_URL"])
        let database = "up_" + UUID().uuidString.lowercased().replacing("-", with: "")
        let made = try runProgram(
            [
                "psql", "-d", server, "-c",
                "CREATE DATABASE \(database) ENCODING '\(name)' LOCALE 'C' TEMPLATE template0",
            ])
        try #require(made.status == 0, "\(made.output)")
        let url = server.replacing("///postgres?", with: "///\(database)?")
        // Waiting would not help, and takes no time.
        let result = try serve(url, wait: "1h")
        #expect(result.status == 1)
        #expect(result.output.contains("/\(database) has the encoding \(name)"))
        #expect(result.output.contains("ENCODING 'UTF8' TEMPLATE template0"))
        let copied = try runProgram(
            [
                ServerProcess.executable, "copy", "--from", url, "--to",
                ServerProcess.temporaryDirectory().path + "/copy",
            ],
            environment: PostgreSQLStartTests.key)
        #expect(copied.status == 1 && copied.output.contains("has the encoding \(name)"))
    }

    @Test(
        "The start waits for a server that does not respond yet, but not after a wrong password or for a missing database"
    )
    func waiting() throws {
        let cluster = try OwnCluster()
        defer { cluster.stop() }
        // No server listens: the error contains the cause, and comes when the time to wait is over.
        let down = try serve(cluster.url(), wait: "1s")
        #expect(down.status == 1)
        let lines = down.output.split(separator: "\n").filter { $0.contains("the database server cannot be reached: ") }
        #expect(lines.count == 2 && lines.first?.hasSuffix("Waiting for it for up to 1s.") == true)
        #expect(lines.allSatisfy { $0.contains(cluster.directory.path) && !$0.contains("hunter2") })

        let log = cluster.directory.appending(path: "server.log")
        let started = StartedLater {
            try ServerProcess(
                in: ServerProcess.temporaryDirectory(),
                settings: PostgreSQLStartTests.key.merging([
                    "UP_DATABASE_URL": cluster.url(), "UP_DATABASE_START_WAIT": "2m",
                ]) { $1 }, log: log)
        }
        try cluster.waitForText("Waiting for it for up to 2m.", in: log)
        try cluster.start()
        let server = try started.value()
        #expect(server.stop() == 0)
        let text = try String(contentsOf: log, encoding: .utf8)
        #expect(text.split(separator: "\n").count { $0.contains("Waiting for it") } == 1)

        let password = try serve(cluster.url(user: "secret:hunter2"), wait: "1h")
        #expect(password.status == 1)
        #expect(password.output.contains("refuses the role or its password (SQLSTATE 28P01)"))
        #expect(!password.output.contains("hunter2") && !password.output.contains("Waiting"))
        let database = try serve(cluster.url(database: "nowhere"), wait: "1h")
        #expect(database.status == 1)
        #expect(database.output.contains("/nowhere: the database does not exist (SQLSTATE 3D000)"))
        let role = try serve(cluster.url(user: "nobody"), wait: "1h")
        #expect(role.status == 1 && role.output.contains("SQLSTATE 28000"))
        #expect(![database, role].contains { $0.output.contains("Waiting") })
    }

    @Test("An unknown host and a refused connection are reported without the password")
    func unreachable() throws {
        for (host, words) in [
            ("127.0.0.1:1", "Connection refused"),
            ("nowhere.invalid", "could not translate host name \"nowhere.invalid\""),
        ] {
            let result = try serve("postgresql://up:hunter2@\(host)/up?sslmode=require")
            #expect(result.status == 1)
            #expect(result.output.contains("the database server cannot be reached: ") && result.output.contains(words))
            #expect(!result.output.contains("hunter2") && !result.output.contains("Waiting"))
        }
    }

    @Test(
        "pgbouncer with transaction pooling is refused, with the setting to change",
        arguments: ["transaction", "statement"])
    func pooledByTransaction(mode: String) throws {
        let pooler = try PgBouncer(mode: mode)
        defer { pooler.stop() }
        let result = try serve(pooler.url, wait: "1h")
        #expect(result.status == 1)
        #expect(result.output.contains("pool_mode = session"), "\(result.output)")
        let checked = try ServerProcess.run(
            ["serve", "--check-config"], in: ServerProcess.temporaryDirectory(),
            settings: PostgreSQLStartTests.key.merging(["UP_DATABASE_URL": pooler.url]) { $1 })
        #expect(checked.status == 2 && checked.output.contains("pool_mode = session"))
    }

    @Test("pgbouncer with session pooling serves")
    func pooledBySession() async throws {
        let pooler = try PgBouncer(mode: "session")
        defer { pooler.stop() }
        let server = try ServerProcess(
            in: ServerProcess.temporaryDirectory(),
            settings: PostgreSQLStartTests.key.merging(["UP_DATABASE_URL": pooler.url]) { $1 })
        defer { server.kill() }
        let partner = try await Partner(server)
        let placed = try await partner.call(.POST, "/orders", body: partner.order(reference: "A"))
        #expect(placed.status == 201)
        #expect(server.stop() == 0)
    }
}

/// Runs work on a separate thread, which may block.
private final class StartedLater<Value: Sendable>: @unchecked Sendable {
    // Holds because `outcome` is written before the semaphore is signalled, and read after it was waited for.
    private var outcome: Result<Value, any Error>?
    private let semaphore = DispatchSemaphore(value: 0)

    init(_ work: @escaping @Sendable () throws -> Value) {
        DispatchQueue.global().async { [self] in
            outcome = Result { try work() }
            semaphore.signal()
        }
    }

    func value() throws -> Value {
        semaphore.wait()
        return try #require(outcome).get()
    }
}

/// A PostgreSQL server of a test's own, which is not up before it is started.
private final class OwnCluster: Sendable {
    /// Where its Unix socket is.
    let directory: URL

    init() throws {
        directory = URL(filePath: "/tmp/up-pg-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    }

    func url(user: String = "pharmacy", database: String = "postgres") -> String {
        let socket = directory.path.replacing("/", with: "%2F")
        return "postgresql://\(user)@\(socket)/\(database)"
    }

    /// Starts it, with a role `secret` that needs a password.
    func start() throws {
        let rules = directory.appending(path: "hba.conf")
        try Data("local all secret scram-sha-256\nlocal all all trust\n".utf8).write(to: rules)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: rules.path)
        let started = try runProgram(
            ["Scripts/postgresql", "start", directory.path], environment: ["OPTIONS": "-c hba_file=\(rules.path)"])
        try #require(started.status == 0, "\(started.output)")
        let made = try runProgram(
            ["psql", "-d", url(), "-c", "CREATE ROLE secret LOGIN PASSWORD 'another one'"])
        try #require(made.status == 0, "\(made.output)")
    }

    func stop() {
        _ = try? runProgram(["Scripts/postgresql", "stop", directory.path])
        try? FileManager.default.removeItem(at: directory)
    }

    /// Returns when a file has a text.
    func waitForText(_ text: String, in file: URL) throws {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            if let found = try? String(contentsOf: file, encoding: .utf8), found.contains(text) { return }
            sched_yield()
        }
        Issue.record("\(text) was not said")
    }
}

/// A pooler in front of a new database on the tests' server.
private final class PgBouncer {
    let url: String
    private let process: ListeningProcess
    private let directory: URL

    /// - Parameter mode: pgbouncer's `pool_mode`.
    init(mode: String) throws {
        let direct = try TestDatabase.newURL()
        let name = try #require(direct.firstMatch(of: /\/\/\/(\w+)\?/)?.output.1)
        let socket = try #require(direct.firstMatch(of: /host=([^&]+)/)?.output.1)
        directory = URL(filePath: "/tmp/up-pgb-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o777])
        // Whatever the umask: the pooler runs as another user where this is root.
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: directory.path)
        let settings = directory.appending(path: "pgbouncer.ini")
        try Data(
            """
            [databases]
            * = host=\(socket) user=pharmacy
            [pgbouncer]
            listen_addr =
            listen_port = 6432
            unix_socket_dir = \(directory.path)
            auth_type = any
            pool_mode = \(mode)
            default_pool_size = 40
            """.utf8
        ).write(to: settings)
        // It refuses to run as root.
        let user = geteuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
        process = try ListeningProcess(
            user + ["env", "PATH=/usr/sbin:/usr/bin:/bin", "pgbouncer", settings.path], environment: [:],
            announcement: "listening on unix:")
        url = "postgresql:///\(name)?host=\(directory.path)&port=6432&user=pharmacy"
    }

    func stop() {
        process.kill()
        try? FileManager.default.removeItem(at: directory)
    }
}
