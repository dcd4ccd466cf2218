import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Changes and identifiers of an earlier version", .timeLimit(.minutes(3)))
struct ChangeOrderMigrationTests {
    /// Three tenants as a program of the tenth step leaves them: one with patients, orders and events, one with a patient
    /// who was deleted, one that was wiped.
    private static let statements: [(SQL, [SQLValue])] = [
        (
            """
            INSERT INTO tenants (id, uuid, name, kind, status, created_at, data_key, webhook_secret, change_sequence,
                patient_count, event_sequence)
            VALUES (1, 'a', 'a', 'live', 'active', 0, 1, $1, 6, 2, 4), (2, 'b', 'b', 'live', 'active', 0, 1, $1, 2, 0, 0),
                (3, 'c', 'c', 'sandbox', 'active', 0, 1, $1, 7, 0, 9)
            """, [.blob([0])]
        ),
        (
            """
            INSERT INTO patients (id, tenant_id, uuid, external_id, created_at, updated_at, change_sequence, deleted_at)
            VALUES (1, 1, 'p1', 'MRN-1', 10, 900, 3, NULL), (2, 1, 'p2', NULL, 20, 800, 5, NULL),
                (3, 2, 'p3', NULL, 30, 400, 2, 400)
            """, []
        ),
        (
            """
            INSERT INTO orders (id, tenant_id, uuid, status, reference, customer_reference, patient_uuid, created_at,
                updated_at, document, patient_snapshot)
            VALUES (1, 1, 'o1', 'pending', 'R', 'C', 'p1', 0, 950, $1, $1),
                (2, 1, 'o2', 'pending', NULL, NULL, 'p1', 0, 700, $1, $1), (3, 1, 'o3', 'pending', NULL, NULL, 'p1', 0, 700, $1, $1)
            """, [.blob([0])]
        ),
        (
            """
            INSERT INTO order_events (id, tenant_id, uuid, order_id, type, sequence, tenant_sequence, occurred_at, payload)
            VALUES (1, 1, 'e', 1, 'order.created', 1, 4, 0, $1)
            """, [.blob([0])]
        ),
    ]

    private func migrated(_ engine: TestDatabase.Engine) async throws -> any SQLEngine {
        let engine = try TestDatabase(on: engine).open()
        try await Migrations.apply(to: engine, upTo: 10)
        try await engine.write { db in
            for (statement, binds) in ChangeOrderMigrationTests.statements { try db.run(statement, binds) }
        }
        try await Migrations.apply(to: engine)
        return engine
    }

    @Test(
        "Numbers and times of changes continue after those of the earlier version, and the number of patients is the same",
        arguments: TestDatabase.engines)
    func changes(engine: TestDatabase.Engine) async throws {
        let engine = try await migrated(engine)
        let (newest, counts) = try await engine.read { db in
            let newest = try [1, 2, 3].map { tenant in
                try [TenantScope.newestPatientChange, TenantScope.newestOrderChange, TenantScope.newestEvent].map {
                    try db.row("SELECT" + $0, [SQLValue(tenant)]) { try $0.integer(0) }
                }
            }
            let counts = try [1, 2, 3].map { tenant in
                try db.row("SELECT" + TenantScope.livePatients, [SQLValue(tenant)]) { try $0.integer(0) }
            }
            return (newest, counts)
        }
        #expect(newest == [[6, 0, 4], [2, 0, 0], [7, 0, 9]])
        #expect(counts == [2, 0, 0])
        let times = try await engine.read { db in
            try [1, 2, 3].map { tenant in
                try db.row(
                    "SELECT" + TenantScope.newestChangeColumns + "FROM tenants WHERE id = $1", [SQLValue(tenant)]
                ) {
                    try TenantScope.readNewestChange($0, from: 0).milliseconds
                }
            }
        }
        #expect(times == [950, 400, 0])
        await engine.close()
    }

    @Test(
        "Orders that have not changed since are listed before those that have, by their times",
        arguments: TestDatabase.engines)
    func orders(engine: TestDatabase.Engine) async throws {
        let engine = try await migrated(engine)
        let listed = try await engine.write { db in
            try db.run(
                "UPDATE orders SET updated_at = 950, change_sequence =" + TenantScope.newestOrderChange
                    + "+ 1 WHERE tenant_id = $1 AND id = $2", [1, 2])
            return try db.rows(
                "SELECT id FROM orders WHERE tenant_id = $1 ORDER BY updated_at, change_sequence, id", [1]
            ) { try $0.integer(0) }
        }
        #expect(listed == [3, 1, 2])
        await engine.close()
    }

    @Test(
        "Identifiers in cleartext wait for their digests, for all existing tenants", arguments: TestDatabase.engines)
    func identifiers(engine: TestDatabase.Engine) async throws {
        let engine = try await migrated(engine)
        let flags = try await engine.read { db in
            try db.rows("SELECT clear_identifiers FROM tenants ORDER BY id", []) { try $0.integer(0) }
        }
        #expect(flags == [1, 1, 1])
        let clear = try await engine.read { db in
            try db.rows(
                """
                SELECT p.external_id_in_clear, o.reference_in_clear, o.customer_reference_in_clear
                FROM patients p JOIN orders o ON o.id = p.id WHERE p.id = 1
                """, []
            ) { [try $0.text(0), try $0.text(1), try $0.text(2)] }
        }
        #expect(clear == [["MRN-1", "R", "C"]])
        await engine.close()
    }
}
