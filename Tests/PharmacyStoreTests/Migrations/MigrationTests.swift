import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Migrations", .timeLimit(.minutes(3)))
struct MigrationTests {
    @Test("Deliveries that are due or claimed when the database is migrated stay due", arguments: TestDatabase.engines)
    func deliveryQueues(engine: TestDatabase.Engine) async throws {
        let engine = try TestDatabase(on: engine).open()
        try await Migrations.apply(to: engine, upTo: 8)
        let statements: [(SQL, [SQLValue])] = [
            (
                """
                INSERT INTO tenants (id, uuid, name, kind, status, created_at, data_key, webhook_secret)
                VALUES (1, 't', 't', 'sandbox', 'active', 0, 1, $1)
                """, [.blob([0])]
            ),
            (
                """
                INSERT INTO orders (id, tenant_id, uuid, status, patient_uuid, created_at, updated_at, document,
                    patient_snapshot)
                VALUES (1, 1, 'o', 'pending', 'p', 0, 0, $1, $1)
                """, [.blob([0])]
            ),
            (
                """
                INSERT INTO order_events (id, tenant_id, uuid, order_id, type, sequence, tenant_sequence, occurred_at,
                    payload)
                VALUES (1, 1, 'e', 1, 'order.created', 1, 1, 0, $1)
                """, [.blob([0])]
            ),
            (
                """
                INSERT INTO webhook_endpoints (id, tenant_id, url_digest, url)
                VALUES (1, 1, $1, $1), (2, 1, $2, $2), (3, 1, $3, $3)
                """, [.blob([1]), .blob([2]), .blob([3])]
            ),
            (
                """
                INSERT INTO webhook_deliveries (tenant_id, uuid, order_id, event_id, endpoint_id, status, due_at,
                    created_at, completed_at)
                VALUES (1, 'a', 1, 1, 1, 'ready', 700, 0, NULL), (1, 'b', 1, 1, 1, 'sending', 500, 0, NULL),
                    (1, 'c', 1, 1, 2, 'waiting', NULL, 0, NULL), (1, 'd', 1, 1, 2, 'ready', 900, 0, NULL),
                    (1, 'e', 1, 1, 3, 'failed', NULL, 0, 50)
                """, []
            ),
        ]
        try await engine.write { db in
            for (statement, binds) in statements { try db.run(statement, binds) }
        }
        try await Migrations.apply(to: engine)
        let due = try await engine.read { db in
            try db.rows("SELECT due_at, destination FROM webhook_endpoints ORDER BY id", []) { row in
                [try row.optionalInteger(0), try row.integer(1)]
            }
        }
        #expect(due == [[500, 1], [900, 2], [nil, 3]])
        await engine.close()
    }

    @Test(
        "A database of every earlier version migrates to the newest, step by step and once",
        arguments: TestDatabase.engines,
        0..<Migrations.steps.count)
    func everyVersion(engine: TestDatabase.Engine, version: Int) async throws {
        let engine = try TestDatabase(on: engine).open()
        let versions = { @Sendable () async throws in
            try await engine.read { db in
                try db.rows("SELECT version FROM schema_versions ORDER BY version", []) { Int(try $0.integer(0)) }
            }
        }
        try await Migrations.apply(to: engine, upTo: version)
        #expect(try await versions() == Array(1..<version + 1))
        for _ in 0..<2 {
            try await Migrations.apply(to: engine)
            #expect(try await versions() == Array(1...Migrations.steps.count))
        }
        await engine.close()
    }
}
