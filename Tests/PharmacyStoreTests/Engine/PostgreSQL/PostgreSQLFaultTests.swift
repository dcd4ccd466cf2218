#if PostgreSQL
import PharmacyTestSupport
import Synchronization
import Testing

@testable import PharmacyStore

@Suite("Faults of PostgreSQL's errors", .timeLimit(.minutes(3)))
struct PostgreSQLFaultTests {
    @Test(
        "An SQLSTATE has a kind, and a description that contains it",
        arguments: [
            ("28P01", .credentials, "password"), ("28000", .credentials, "pg_hba.conf"),
            ("3D000", .missingDatabase, "does not exist"), ("42501", .permission, "privilege"),
            ("53100", .diskFull, "disk is full"), ("53200", .outOfMemory, "memory"),
            ("53300", .connectionLimit, "UP_DATABASE_CONNECTIONS"), ("25006", .readOnly, "standby"),
            ("57P01", .stopping, "ended the connection"), ("57P03", .starting, "starting"),
            ("57P04", .missingDatabase, "dropped"), ("57014", .timedOut, "too long"), ("40001", .busy, "another"),
            ("58030", .inputOutput, "log"), ("XX001", .damaged, "pg_amcheck"), ("08006", .connectionLost, "lost"),
            ("42P01", .other, "error"),
        ] as [(String, StoreFault.Kind, String)])
    func states(state: String, kind: StoreFault.Kind, word: String) {
        let fault = PostgreSQLFault.fault(sqlState: state)
        #expect(fault.kind == kind)
        #expect(fault.words.contains(word) && fault.words.contains("(SQLSTATE \(state))"), "\(fault.words)")
    }

    @Test(
        "A fault for the operator is unavailable, and one of a table is broken; both are faults",
        arguments: ["53100", "25006", "57P01", "53300", "XX001", "42501"])
    func errors(state: String) {
        let error = PostgreSQLDialect.error(sqlState: state)
        #expect(error.fault == PostgreSQLFault.fault(sqlState: state))
    }

    @Test("An error in a statement is not a fault of the store", arguments: ["42P01", "22P02", "23503"])
    func statements(state: String) { #expect(PostgreSQLDialect.error(sqlState: state).fault == nil) }

    /// A message of libpq about a connection, and the expected fault.
    struct Refusal: CustomTestStringConvertible {
        let message: String
        let kind: StoreFault.Kind
        let words: [String]

        var testDescription: String { kind.rawValue }
    }

    @Test(
        "libpq's message about a connection is reported, after the server's, and without the password",
        arguments: [
            Refusal(
                message: """
                    connection to server at "db.example" (192.0.2.7), port 5432 failed: FATAL:  28P01: \
                    password authentication failed for user "up"
                    LOCATION:  auth_failed, auth.c:323
                    """, kind: .credentials, words: ["db.example", "user \"up\"", "28P01", "UP_DATABASE_URL"]),
            Refusal(
                message: """
                    connection to server at "db.example" (2001:db8::7), port 5432 failed: Connection refused
                    \tIs the server running on that host and accepting TCP/IP connections?
                    connection to server at "db.example" (192.0.2.7), port 5432 failed: FATAL:  3D000: \
                    database "up" does not exist
                    LOCATION:  InitPostgres, postinit.c:1019
                    """, kind: .missingDatabase, words: ["database \"up\" does not exist"]),
            Refusal(
                message: """
                    connection to server at "192.0.2.7", port 5432 failed: FATAL:  53300: \
                    too many connections for role "up"
                    """, kind: .connectionLimit, words: ["for role \"up\"", "max_connections"]),
            Refusal(
                message: """
                    connection to server at "192.0.2.7", port 5432 failed: FATAL:  57P03: das Datenbanksystem startet
                    """, kind: .starting, words: ["57P03"]),
            Refusal(
                message: "could not translate host name \"db.invalid\" to address: Name or service not known\n",
                kind: .unknownHost, words: ["db.invalid", "cannot be reached", "name service"]),
            Refusal(
                message: """
                    connection to server at "127.0.0.1", port 1 failed: Connection refused
                    \tIs the server running on that host and accepting TCP/IP connections?
                    """, kind: .unreachable, words: ["cannot be reached", "Connection refused"]),
            Refusal(
                message:
                    "connection to server at \"h\" (192.0.2.7), port 5432 failed: SSL error: certificate verify failed",
                kind: .encryption, words: ["sslrootcert"]),
            Refusal(
                message: "connection to server at \"h\", port 5432 failed: fe_sendauth: no password supplied\n",
                kind: .credentials, words: ["password file"]),
            Refusal(message: "invalid password hunter2 for role", kind: .unreachable, words: ["…"]),
            Refusal(message: "", kind: .unreachable, words: ["cannot be reached"]),
        ])
    func connections(_ refusal: Refusal) {
        let fault = PostgreSQLConnectFailure(
            message: refusal.message, password: "hunter2", isUnambiguous: true, place: ""
        ).fault
        #expect(fault.kind == refusal.kind)
        for word in refusal.words { #expect(fault.words.contains(word), "\(fault.words)") }
        for word in ["hunter2", "LOCATION", "\n"] { #expect(!fault.words.contains(word)) }
        let careful = PostgreSQLConnectFailure(
            message: refusal.message, password: "", isUnambiguous: false, place: ""
        ).fault
        #expect(careful.kind == refusal.kind && !careful.words.contains("192.0.2.7"))
    }

    /// The causes for which connecting to a real server, or to none, fails.
    private func refusal(_ url: String) -> StoreFault? {
        do {
            _ = try PostgreSQLConnection(url: url, role: .reader)
            return nil
        } catch {
            return (error as? StoreError)?.fault
        }
    }

    @Test("A real server's refusals are distinguished by their causes", .enabled(if: TestDatabase.isPostgreSQL))
    func real() async throws {
        let url = try TestDatabase.newURL()
        let operate = try PostgreSQLConnection(url: url, role: .writer)
        let database = try #require(url.split(separator: "?").first?.split(separator: "/").last)
        let role = "limited_\(database)"
        try operate.execute("CREATE ROLE \(role) LOGIN CONNECTION LIMIT 0")
        func other(_ from: String, _ to: String) -> String { url.replacing(from, with: to) }

        let missing = refusal(other(String(database), "up_none"))
        #expect(missing?.kind == .missingDatabase && missing?.words.contains("\"up_none\" does not exist") == true)
        let limited = refusal(other("user=pharmacy", "user=\(role)"))
        #expect(limited?.kind == .connectionLimit && limited?.words.contains(role) == true, "\(limited as Any)")
        try operate.execute("ALTER ROLE \(role) NOLOGIN")
        #expect(refusal(other("user=pharmacy", "user=\(role)"))?.kind == .credentials)
        try operate.execute("DROP ROLE \(role)")
        #expect(refusal("postgresql://up:hunter2@127.0.0.1:1/up")?.kind == .unreachable)
        let unknown = refusal("postgresql://up:hunter2@no-such-host.invalid/up")
        #expect(unknown?.kind == .unknownHost && unknown?.words.contains("hunter2") == false, "\(unknown as Any)")
        // The text after the first @ is half of a password.
        let half = refusal("postgresql://up:hunter2@hunter3@127.0.0.1:1/up")
        #expect(half != nil && half?.words.contains("hunter3") == false, "\(half as Any)")
        #expect(refusal("postgresql:///up?host=/nowhere")?.words.contains("cannot be reached") == true)
    }

    @Test("The server's last error is reported until the next attempt", .enabled(if: TestDatabase.isPostgreSQL))
    func repeated() async throws {
        let url = try TestDatabase.newURL()
        let operate = try PostgreSQLConnection(url: url, role: .writer)
        let database = try #require(url.split(separator: "?").first?.split(separator: "/").last)
        let role = "ended_\(database)"
        try operate.execute("CREATE ROLE \(role) LOGIN")
        let connection = try PostgreSQLConnection(
            url: url.replacing("user=pharmacy", with: "user=\(role)"), role: .reader)
        try operate.execute("ALTER ROLE \(role) NOLOGIN")
        _ = try operate.value(
            "SELECT COUNT(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE usename = '\(role)'")
        var kinds: [StoreFault.Kind?] = []
        for _ in 0..<4 {
            do {
                try connection.beginReading()
                _ = try connection.row("SELECT 1", []) { try $0.integer(0) }
            } catch {
                kinds.append((error as? StoreError)?.fault?.kind)
            }
        }
        #expect(kinds.first == .stopping || kinds.first == .connectionLost)
        #expect(kinds.dropFirst().allSatisfy { $0 == .credentials } && kinds.count == 4, "\(kinds)")
        connection.disconnect()
        try operate.execute("DROP ROLE \(role)")
    }

    /// Records what an observer receives.
    private final class Recorder: StoreObserver {
        let heard = Mutex<[String]>([])

        func failed(_ fault: StoreFault, _ access: StoreAccess) {
            heard.withLock { $0.append("\(access.rawValue) \(fault.kind.rawValue)") }
        }

        func succeeded(_ access: StoreAccess) -> Bool {
            heard.withLock { $0.append("\(access.rawValue) again") }
            return true
        }

        func wait(for word: String) async { while !heard.withLock({ $0.contains(word) }) { await Task.yield() } }
    }

    @Test(
        "A node that receives no notifications reports why, and when it receives them again",
        .enabled(if: TestDatabase.isPostgreSQL))
    func listening() async throws {
        let url = try TestDatabase.newURL()
        let operate = try PostgreSQLConnection(url: url, role: .writer)
        let database = try #require(url.split(separator: "?").first?.split(separator: "/").last)
        let role = "deaf_\(database)"
        try operate.execute("CREATE ROLE \(role) LOGIN")
        let engine = try PostgreSQLEngine(
            url: url.replacing("user=pharmacy", with: "user=\(role)"), pool: ConnectionPoolSize(connections: 5),
            notifier: ChangeNotifier())
        let (outcomes, recorder) = (StoreOutcomes(), Recorder())
        outcomes.report(to: recorder)
        engine.note(in: outcomes)
        try operate.execute("ALTER ROLE \(role) NOLOGIN")
        let end = """
            SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE usename = '\(role)' AND query LIKE 'LISTEN %'
            """
        while try operate.value(end) == "0" { await Task.yield() }
        await recorder.wait(for: "listen credentials")
        try operate.execute("ALTER ROLE \(role) LOGIN")
        await recorder.wait(for: "listen again")
        #expect(Set(recorder.heard.withLock(\.self)) == ["listen credentials", "listen again"])
        await engine.close()
        try operate.execute("DROP ROLE \(role)")
    }

    @Test(
        "A transaction that a read-only server refuses is unavailable on every connection",
        .enabled(if: TestDatabase.isPostgreSQL))
    func readOnly() async throws {
        let table = try await NumbersTable(on: .postgreSQL)
        await #expect(throws: StoreError.unavailable(PostgreSQLFault.fault(sqlState: "25006"))) {
            _ = try await table.engine.read { try NumbersTable.insert(1, in: $0) }
        }
        await table.engine.close()
    }
}
#endif
