#if PostgreSQL
import Foundation
import Glibc
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("A PostgreSQL server that stalls", .timeLimit(.minutes(3)))
struct StalledServerTests {
    /// A socket whose connections the system accepts, and that never responds.
    private struct SilentListener: ~Copyable {
        let descriptor: CInt
        let port: Int

        init() throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let descriptor = descriptor
            let isListening = withUnsafeMutablePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(descriptor, address, length) == 0 && listen(descriptor, 8) == 0
                        && getsockname(descriptor, address, &length) == 0
                }
            }
            try #require(isListening)
            port = Int(UInt16(bigEndian: address.sin_port))
        }

        deinit { close(descriptor) }
    }

    @Test("Connecting to it times out, and then the URL's next host is tried")
    func connecting() throws {
        let listener = try SilentListener()
        let error = #expect(throws: StoreError.self) {
            _ = try PostgreSQLConnection(
                url: "postgres://nobody@127.0.0.1:\(listener.port)/none?sslmode=disable", role: .reader)
        }
        guard case .unavailable = error else { throw try #require(error) }
    }

    @Test("Each host of a URL can be selected")
    func hosts() {
        func hosts(_ url: String) -> [[String]] {
            PostgreSQLConnector(url: url).hosts.map { $0.map { "\($0.0)=\($0.1)" } }
        }
        #expect(hosts("postgres://user@one/name") == [[]])
        #expect(hosts("host=/var/run/postgresql dbname=name") == [[]])
        #expect(
            hosts("postgres://user@one:1,two:2/name?target_session_attrs=read-write")
                == [["host=one", "port=1"], ["host=two", "port=2"]])
        #expect(hosts("host=one,two port=5433") == [["host=one", "port=5433"], ["host=two", "port=5433"]])
    }

    @Test(
        "A statement that exceeds its transaction's time is aborted with its connection, and the next one succeeds",
        .enabled(if: TestDatabase.isPostgreSQL))
    func longStatement() async throws {
        let engine = try PostgreSQLEngine(
            url: try TestDatabase.newURL(), pool: ConnectionPoolSize(connections: 5), notifier: ChangeNotifier())
        let tenant = TenantID(UUID())
        try await engine.write { _ = try $0.run("CREATE TABLE numbers (id INTEGER PRIMARY KEY) STRICT", []) }
        for round in 1...2 {
            await #expect(throws: StoreError.self) {
                try await TransactionTimeLimit.$current.withValue(.milliseconds(200)) {
                    try await engine.write(.tenant(tenant)) { db in
                        try db.send("INSERT INTO numbers (id) VALUES ($1)", [SQLValue(-round)])
                        // Far longer than this test may take.
                        _ = try db.rows("SELECT pg_sleep(3600)", []) { _ in true }
                    }
                }
            }
            // On the same connection, which was made again, and with the tenant's lock, which was released.
            try await engine.write(.tenant(tenant)) {
                try $0.send("INSERT INTO numbers (id) VALUES ($1)", [SQLValue(round)])
            }
        }
        #expect(
            try await engine.read { try $0.rows("SELECT id FROM numbers ORDER BY id", []) { try $0.integer(0) } } == [
                1, 2,
            ])
        await engine.close()
    }

    @Test("The outcome of a commit about which the server warns is unknown", .enabled(if: TestDatabase.isPostgreSQL))
    func warning() async throws {
        let engine = try PostgreSQLEngine(
            url: try TestDatabase.newURL(), pool: ConnectionPoolSize(connections: 5), notifier: ChangeNotifier())
        try await engine.write { db in
            try db.run("CREATE TABLE numbers (id INTEGER PRIMARY KEY) STRICT", [])
            // Runs within the commit, as the end of a broken-off wait for a standby does.
            try db.run(
                """
                CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    RAISE WARNING 'the transaction might not have been replicated';
                    RETURN NULL;
                END $$
                """, [])
            try db.run(
                """
                CREATE CONSTRAINT TRIGGER warned AFTER INSERT ON numbers DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION warn()
                """, [])
        }
        await #expect(throws: StoreError.outcomeUnknown) {
            try await engine.write { try $0.send("INSERT INTO numbers (id) VALUES (1)", []) }
        }
        // A warning of another time is none of a commit's business.
        try await engine.write { db in
            try db.run("DELETE FROM numbers", [])
            try db.run("SET LOCAL work_mem = '4MB'", [])
        }
        #expect(try await engine.read { try $0.rows("SELECT id FROM numbers", []) { try $0.integer(0) } } == [])
        await engine.close()
    }
}
#endif
