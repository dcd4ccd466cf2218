#if PostgreSQL
import Dispatch
import Foundation
import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("The PostgreSQL engine", .enabled(if: TestDatabase.isPostgreSQL), .timeLimit(.minutes(3)))
struct PostgreSQLEngineTests {
    private let url: String
    private let tenants = [TenantID(UUID()), TenantID(UUID())]

    init() throws { url = try TestDatabase.newURL() }

    private func engine(connections: Int = 9, wait: Duration = .seconds(5)) throws -> PostgreSQLEngine {
        try PostgreSQLEngine(
            url: url, pool: ConnectionPoolSize(connections: connections, wait: wait), notifier: ChangeNotifier())
    }

    private func withEngine(
        _ body: (PostgreSQLEngine) async throws -> Void
    ) async throws {
        let engine = try engine()
        try await engine.write {
            _ = try $0.run("CREATE TABLE numbers (id INTEGER PRIMARY KEY, n INTEGER NOT NULL UNIQUE) STRICT", [])
        }
        do {
            try await body(engine)
            await engine.close()
        } catch {
            await engine.close()
            throw error
        }
    }

    private func numbers(_ engine: PostgreSQLEngine) async throws -> [Int64] {
        try await engine.read { try $0.rows("SELECT n FROM numbers ORDER BY n", []) { try $0.integer(0) } }
    }

    /// Ends every other connection to the database, as an operator or a restart of the server would.
    private func endConnections(of engine: PostgreSQLEngine, by other: PostgreSQLEngine) async throws {
        _ = try await other.read { db in
            try db.rows(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_start < now()
                """, []
            ) { try $0.integer(0) }
        }
    }

    @Test("Statements are planned again at growing intervals")
    func plans() async throws {
        let engine = try engine(connections: 5)
        func isReplanned() async throws -> Bool {
            try await engine.read { db in
                try db.row("SELECT 1 FROM pg_prepared_statements WHERE statement = 'DISCARD PLANS'", []) { _ in true }
                    ?? false
            }
        }
        for _ in 1..<16 { #expect(try await !isReplanned()) }
        #expect(try await isReplanned())
        await engine.close()
    }

    @Test("Sent statements run before the next statement whose result is needed, in their order")
    func order() async throws {
        try await withEngine { engine in
            let found = try await engine.write(.tenant(tenants[0])) { db in
                try db.send("INSERT INTO numbers VALUES (1, 10)", [])
                try db.send("UPDATE numbers SET n = n + $1", [.integer(5)])
                return try db.row("SELECT n FROM numbers", []) { try $0.integer(0) }
            }
            #expect(found == 15)
            #expect(try await numbers(engine) == [15])
        }
    }

    @Test("The failure of a sent statement fails its own write with its own error, without any effect")
    func sentFailure() async throws {
        try await withEngine { engine in
            try await engine.write(.log) { try $0.send("INSERT INTO numbers VALUES (1, 1)", []) }
            let outcomes = await withTaskGroup(of: StoreError?.self) { group in
                for number in 2..<102 {
                    group.addTask {
                        do {
                            try await engine.write(.log) { db in
                                try db.send("INSERT INTO numbers VALUES ($1, $1)", [.integer(Int64(number))])
                                if number.isMultiple(of: 5) { try db.send("INSERT INTO numbers VALUES (-1, 1)", []) }
                                try db.send("UPDATE numbers SET n = n WHERE id = $1", [.integer(Int64(number))])
                            }
                            return nil
                        } catch {
                            return error as? StoreError
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 == .uniqueViolation }.count == 20)
            #expect(outcomes.filter { $0 == nil }.count == 80)
            #expect(try await numbers(engine) == [1] + (2..<102).filter { !$0.isMultiple(of: 5) })
        }
    }

    @Test("Connections that the server has ended are replaced without failing callers")
    func lostConnections() async throws {
        let other = try engine(connections: 5)
        try await withEngine { engine in
            for round in 0..<5 {
                try await endConnections(of: engine, by: other)
                try await engine.write(.tenant(tenants[0])) {
                    try $0.send("INSERT INTO numbers VALUES ($1, $1)", [.integer(Int64(2 * round))])
                }
                try await endConnections(of: engine, by: other)
                #expect(try await numbers(engine).count == 2 * round + 1)
                try await engine.write(.tenant(tenants[1])) { db in
                    _ = try db.row("SELECT COUNT(*) FROM numbers", []) { try $0.integer(0) }
                    try db.send("INSERT INTO numbers VALUES ($1, $1)", [.integer(Int64(2 * round + 1))])
                }
            }
            #expect(try await numbers(engine) == Array(0..<10))
        }
        await other.close()
    }

    /// Two transactions that lock the same rows in opposite order.
    private final class Crossing: Sendable {
        let runs = Mutex(0)
        private let bothHold = DispatchSemaphore(value: 0)

        func change(_ first: Int64, _ second: Int64, _ db: any SQLConnection) throws {
            try db.run("UPDATE numbers SET n = n + 1 WHERE id = $1", [.integer(first)])
            let run = runs.withLock { runs in
                runs += 1
                return runs
            }
            // Each waits until the other holds its row, once.
            if run == 1 { bothHold.wait() }
            if run == 2 { bothHold.signal() }
            try db.run("UPDATE numbers SET n = n + 1 WHERE id = $1", [.integer(second)])
        }
    }

    @Test("Two transactions that deadlock both succeed: the aborted one runs again")
    func deadlock() async throws {
        let other = try engine(connections: 5)
        try await withEngine { engine in
            try await engine.write { try $0.send("INSERT INTO numbers VALUES (1, 10), (2, 20)", []) }
            let crossing = Crossing()
            async let mine: Void = engine.write(.claims) { try crossing.change(1, 2, $0) }
            async let theirs: Void = other.write(.claims) { try crossing.change(2, 1, $0) }
            _ = try await (mine, theirs)
            #expect(crossing.runs.withLock { $0 } > 2)
            #expect(try await numbers(engine) == [12, 22])
        }
        await other.close()
    }

    /// Opens a transaction that stays open until it is released.
    private struct Held: Sendable {
        let isOpen = DispatchSemaphore(value: 0)
        let mayEnd = DispatchSemaphore(value: 0)

        func hold(_ scope: WriteScope, on engine: PostgreSQLEngine) async throws {
            try await engine.write(scope) { [self] db in
                _ = try db.row("SELECT 1", []) { try $0.integer(0) }
                isOpen.signal()
                mayEnd.wait()
            }
        }

        /// Waits for it on a thread that may block.
        func untilOpen() async {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    isOpen.wait()
                    continuation.resume()
                }
            }
        }
    }

    @Test("Writes of another tenant, claims and audit entries of other nodes do not wait for a tenant's transaction")
    func beside() async throws {
        let other = try engine()
        try await withEngine { engine in
            let held = Held()
            async let holding: Void = held.hold(.tenant(tenants[0]), on: engine)
            await held.untilOpen()
            for (id, scope) in [WriteScope.tenant(tenants[1]), .claims, .log, .counters].enumerated() {
                try await other.write(scope) {
                    try $0.send("INSERT INTO numbers VALUES ($1, $1)", [.integer(Int64(id))])
                }
            }
            #expect(try await numbers(other) == [0, 1, 2, 3])
            held.mayEnd.signal()
            try await holding
        }
        await other.close()
    }

    @Test(
        "A tenant's next write on any node waits for the previous one; an exclusive write waits for all",
        arguments: [false, true])
    func after(isEverything: Bool) async throws {
        let other = try engine()
        try await withEngine { engine in
            let held = Held()
            async let holding: Void = held.hold(.tenant(tenants[0]), on: engine)
            await held.untilOpen()
            let isDone = Mutex(false)
            async let waiting: Void = other.write(isEverything ? .everything : .tenant(tenants[0])) { db in
                _ = try db.row("SELECT 1", []) { try $0.integer(0) }
                isDone.withLock { $0 = true }
            }
            // Until it is seen to wait for the lock.
            while try await engine.read({ db in
                try db.row("SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted", []) {
                    try $0.integer(0)
                }
            }) == 0 { await Task.yield() }
            #expect(isDone.withLock { $0 } == false)
            held.mayEnd.signal()
            _ = try await (holding, waiting)
            #expect(isDone.withLock { $0 })
        }
        await other.close()
    }

    @Test("A read or a write that exceeds the waiting time is refused, and has no effect")
    func waitLimit() async throws {
        let impatient = try engine(wait: .zero)
        try await withEngine { engine in
            await #expect(throws: StoreError.overloaded) { try await impatient.read { _ in } }
            await #expect(throws: StoreError.overloaded) {
                try await impatient.write(.tenant(tenants[0])) { try $0.send("INSERT INTO numbers VALUES (1, 1)", []) }
            }
            let stored = try await numbers(engine)
            #expect(stored.isEmpty)
        }
        await impatient.close()
    }
}
#endif
