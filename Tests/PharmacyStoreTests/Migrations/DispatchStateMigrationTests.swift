import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Dispatch states of an earlier version", .timeLimit(.minutes(2)))
struct DispatchStateMigrationTests {
    private static let statements: [(SQL, [SQLValue])] = [
        (
            """
            INSERT INTO tenants (id, uuid, name, kind, status, created_at, data_key, webhook_secret)
            VALUES (1, 't', 't', 'live', 'active', 0, 1, $1)
            """, [.blob([0])]
        ),
        (
            """
            INSERT INTO orders (id, tenant_id, uuid, status, patient_uuid, created_at, updated_at, document,
                patient_snapshot, dispatch_at, dispatch_attempts, dispatch_uncertain, dispatch_lane)
            VALUES (1, 1, 'new', 'pending', 'p', 0, 0, $1, $1, 500, 0, 0, 1),
                (2, 1, 'tried', 'pending', 'p', 0, 0, $1, $1, 500, 2, 0, 1),
                (3, 1, 'timed out', 'pending', 'p', 0, 0, $1, $1, 500, 2, 1, 0),
                (4, 1, 'done', 'shipped', 'p', 0, 0, $1, $1, NULL, 1, 0, 1),
                (5, 1, 'quarantined', 'pending', 'p', 0, 0, $1, $1, NULL, 3, 0, 1),
                (6, 1, 'quarantined and canceled', 'cancelled', 'p', 0, 0, $1, $1, NULL, 3, 0, 1)
            """, [.blob([0])]
        ),
        (
            """
            INSERT INTO quarantined_items (tenant_id, work, item, reason, tries, first_failed_at, last_failed_at)
            VALUES (1, 'dispatch', 'quarantined', 'undecryptable', 9, 0, 0),
                (1, 'dispatch', 'quarantined and canceled', 'undecryptable', 9, 0, 0)
            """, []
        ),
    ]

    private func migrated(_ engine: TestDatabase.Engine) async throws -> any SQLEngine {
        let engine = try TestDatabase(on: engine).open()
        try await Migrations.apply(to: engine, upTo: 25)
        try await engine.write { db in
            for (statement, binds) in DispatchStateMigrationTests.statements { try db.run(statement, binds) }
        }
        try await Migrations.apply(to: engine)
        return engine
    }

    @Test(
        "Orders get the state that their columns show; one that was tried may have arrived",
        arguments: TestDatabase.engines)
    func states(engine: TestDatabase.Engine) async throws {
        let engine = try await migrated(engine)
        let states = try await engine.read { db in
            try db.rows("SELECT dispatch_state FROM orders ORDER BY id", []) { DispatchState(rawValue: try $0.text(0)) }
        }
        #expect(states == [.ready, .uncertain, .uncertain, .unrecorded, .uncertain, .unrecorded])
        await engine.close()
    }

    @Test(
        "A node of an older program cannot claim an order any more, and still can place one",
        arguments: TestDatabase.engines)
    func olderNode(engine: TestDatabase.Engine) async throws {
        let (engine, isPostgreSQL) = (try await migrated(engine), engine == .postgreSQL)
        await #expect(throws: StoreError.self) {
            try await engine.write { db in
                try db.run(
                    """
                    UPDATE orders SET dispatch_at = 900, dispatch_attempts = dispatch_attempts + 1
                    WHERE id = 1 RETURNING dispatch_uncertain
                    """, [])
            }
        }
        _ = try await engine.write { db in
            try db.run(
                """
                INSERT INTO orders (id, tenant_id, uuid, status, patient_uuid, created_at, updated_at, document,
                    patient_snapshot, dispatch_at, dispatch_lane)
                VALUES (7, 1, 'later', 'pending', 'p', 0, 0, $1, $1, 500, 1)
                """, [.blob([0])])
        }
        let states = try await engine.read { db in
            try db.rows("SELECT dispatch_state FROM orders WHERE uuid = 'later'", []) {
                DispatchState(rawValue: try $0.text(0))
            }
        }
        // A SQLite file has one server, and this program is that.
        #expect(states == [isPostgreSQL ? .ready : .unrecorded])
        await engine.close()
    }
}
