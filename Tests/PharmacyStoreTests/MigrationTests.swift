import Foundation
import PharmacyDomain
import Testing

@testable import PharmacyStore

@Suite("Migrations")
struct MigrationTests {
    /// Runs statements on a database of an older version, then brings it to today's.
    private func migrated(from version: Int, _ statements: [SQL]) async throws -> SQLiteEngine {
        let path = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString).sqlite").path
        let engine = try SQLiteEngine(path: path, readingThreads: 1, bells: Bells())
        try await Migrations.apply(to: engine, upTo: version)
        _ = try await engine.write { db in
            for statement in statements { try db.run(statement, []) }
        }
        try await Migrations.apply(to: engine)
        return engine
    }

    @Test("Deliveries that are due or claimed when the database is migrated stay due")
    func deliveryQueues() async throws {
        let engine = try await migrated(
            from: 8,
            [
                """
                INSERT INTO tenants (id, uuid, name, kind, status, created_at, data_key, webhook_secret)
                VALUES (1, 't', 't', 'sandbox', 'active', 0, 1, x'00')
                """,
                """
                INSERT INTO orders (id, tenant_id, uuid, status, patient_uuid, created_at, updated_at, document,
                    patient_snapshot)
                VALUES (1, 1, 'o', 'pending', 'p', 0, 0, x'00', x'00')
                """,
                """
                INSERT INTO order_events (id, tenant_id, uuid, order_id, type, sequence, tenant_sequence, occurred_at,
                    payload)
                VALUES (1, 1, 'e', 1, 'order.created', 1, 1, 0, x'00')
                """,
                """
                INSERT INTO webhook_endpoints (id, tenant_id, url_digest, url)
                VALUES (1, 1, x'01', x'00'), (2, 1, x'02', x'00'), (3, 1, x'03', x'00')
                """,
                """
                INSERT INTO webhook_deliveries (tenant_id, uuid, order_id, event_id, endpoint_id, status, due_at,
                    created_at, completed_at)
                VALUES (1, 'a', 1, 1, 1, 'ready', 700, 0, NULL), (1, 'b', 1, 1, 1, 'sending', 500, 0, NULL),
                    (1, 'c', 1, 1, 2, 'waiting', NULL, 0, NULL), (1, 'd', 1, 1, 2, 'ready', 900, 0, NULL),
                    (1, 'e', 1, 1, 3, 'failed', NULL, 0, 50)
                """,
            ])
        let due = try await engine.read { db in
            try db.rows("SELECT due_at, destination FROM webhook_endpoints ORDER BY id", []) { row in
                [try row.optionalInteger(0), try row.integer(1)]
            }
        }
        #expect(due == [[500, 1], [900, 2], [nil, 3]])
    }
}
