import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Opening a store", .timeLimit(.minutes(3)))
struct StoreOpeningTests {
    private let now = Timestamp(milliseconds: 1_700_000_000_000)
    private let key = [UInt8](repeating: 7, count: 32)

    @Test("A database of a newer program is refused and not changed", arguments: TestDatabase.engines)
    func newerDatabase(engine: TestDatabase.Engine) async throws {
        let engine = try TestDatabase(on: engine).open()
        _ = try await Store(engine: engine, masterKey: .fixed(key), now: now)
        try await engine.write {
            _ = try $0.run("INSERT INTO schema_versions (version, oldest_program) VALUES (99, 98)", [])
        }
        await #expect(throws: StoreError.newerDatabase(found: 99, known: Migrations.steps.count)) {
            _ = try await Store(engine: engine, masterKey: .fixed(key), now: now)
        }
        let newest = try await engine.read { db in
            try db.row("SELECT MAX(version), COUNT(*) FROM schema_versions", []) { row in
                [Int(try row.integer(0)), Int(try row.integer(1))]
            }
        }
        #expect(newest == [99, Migrations.steps.count + 1])
        await engine.close()
    }

    @Test(
        "A database of a newer program is opened and not changed where it admits this program",
        arguments: TestDatabase.engines)
    func besideNewer(engine: TestDatabase.Engine) async throws {
        let engine = try TestDatabase(on: engine).open()
        _ = try await Store(engine: engine, masterKey: .fixed(key), now: now)
        try await engine.write {
            try $0.send(
                "INSERT INTO schema_versions (version, oldest_program) VALUES (99, $1)",
                [SQLValue(Migrations.steps.count)])
        }
        let store = try await Store(engine: engine, masterKey: .fixed(key), now: now)
        #expect(try await store.systemRead { try $0.tenants().isEmpty })
        let newest = try await engine.read { db in
            try db.row("SELECT MAX(version) FROM schema_versions", []) { try $0.integer(0) }
        }
        #expect(newest == 99)
        await engine.close()
    }

    @Test("A database of another master key is refused, and opens with its own", arguments: TestDatabase.engines)
    func wrongMasterKey(engine: TestDatabase.Engine) async throws {
        let engine = try TestDatabase(on: engine).open()
        _ = try await Store(engine: engine, masterKey: .fixed(key), now: now)
        await #expect(throws: StoreError.wrongMasterKey) {
            _ = try await Store(engine: engine, masterKey: .fixed([UInt8](repeating: 8, count: 32)), now: now)
        }
        _ = try await Store(engine: engine, masterKey: .fixed(key), now: now)
        await engine.close()
    }

    @Test("Stored data is there when the database is opened again", arguments: TestDatabase.engines)
    func reopened(engine: TestDatabase.Engine) async throws {
        let database = try TestDatabase(on: engine)
        let tenant = Tenant(
            id: TenantID(UUID()), name: "acme", kind: .live, status: .active, createdAt: now, resetsAt: nil)
        let first = try await Store(engine: database.open(), masterKey: .fixed(key), now: now)
        try await first.systemWrite {
            try $0.createTenant(tenant, dataKey: [UInt8](repeating: 9, count: 32), webhookSecret: "whsec_acme")
        }
        await first.close()
        let second = try await Store(engine: database.open(), masterKey: .fixed(key), now: now)
        #expect(try await second.systemRead { try $0.tenants().map(\.name) } == ["acme"])
        #expect(try await second.read(tenant.id) { try $0.webhookSecrets().current } == "whsec_acme")
        await second.close()
    }
}
