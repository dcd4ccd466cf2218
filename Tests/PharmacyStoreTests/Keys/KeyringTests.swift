import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Keys in memory and in the database", .timeLimit(.minutes(3)))
struct KeyringTests {
    private struct Failure: Error {}

    private let now = Timestamp(milliseconds: 1_700_000_000_000)
    private let masterKey = [UInt8](repeating: 1, count: 32)

    private func store(_ database: TestDatabase) async throws -> Store {
        try await Store(engine: try database.open(readingThreads: 1), masterKey: .fixed(masterKey), now: now)
    }

    private func tenant(_ name: String) -> Tenant {
        Tenant(id: TenantID(UUID()), name: name, kind: .sandbox, status: .active, createdAt: now, resetsAt: nil)
    }

    private func key(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

    private func add(_ tenant: Tenant, to store: Store) async throws {
        try await store.systemWrite { [self] in
            try $0.createTenant(tenant, dataKey: key(9), webhookSecret: "whsec_\(tenant.name)")
        }
    }

    private func storedIDs(_ store: Store) async throws -> Set<Int64> {
        try await store.systemRead { Set(try $0.db.rows("SELECT id FROM wrapped_keys", []) { try $0.integer(0) }) }
    }

    private func secret(of tenant: Tenant, in store: Store) async throws -> String {
        try await store.read(tenant.id) { try $0.webhookSecrets().current }
    }

    @Test(
        "A key of a failed transaction is not cached, even if the transaction used it",
        arguments: TestDatabase.engines)
    func rolledBack(engine: TestDatabase.Engine) async throws {
        let store = try await store(TestDatabase(on: engine))
        let known = tenant("known")
        try await add(known, to: store)
        let before = store.keysInMemory
        await #expect(throws: Failure.self) {
            try await store.systemWrite { [self] scope in
                let other = tenant("other")
                try scope.createTenant(other, dataKey: key(8), webhookSecret: "whsec_other")
                #expect(try scope.tenant(other.id).webhookSecrets().current == "whsec_other")
                _ = try scope.tenant(known.id).rotateDataKey(with: key(7), at: now)
                #expect(try scope.tenant(known.id).webhookSecrets().current == "whsec_known")
                throw Failure()
            }
        }
        #expect(store.keysInMemory.isSubset(of: before))
        #expect(try await store.keysInMemory.isSubset(of: storedIDs(store)))
        await store.close()
    }

    @Test(
        "A write that fails in a group leaves only its own key uncached", arguments: TestDatabase.engines)
    func savepoint(engine: TestDatabase.Engine) async throws {
        let store = try await store(TestDatabase(on: engine))
        let before = store.keysInMemory
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask { [self] in
                    _ = try? await store.systemWrite(.tenant(TenantID(UUID()))) { scope in
                        let own = tenant("t\(number)")
                        try scope.createTenant(own, dataKey: key(UInt8(number)), webhookSecret: "whsec_\(number)")
                        _ = try scope.tenant(own.id)
                        if number % 2 == 0 { throw Failure() }
                    }
                }
            }
        }
        let stored = try await storedIDs(store)
        #expect(store.keysInMemory.isSubset(of: stored))
        #expect(store.keysInMemory.subtracting(before).count == 20)
        await store.close()
    }

    @Test(
        "After a wipe fails on a full disk, records that are written and re-encrypted later open after a restart"
    )
    func fullDisk() async throws {
        let database = try TestDatabase(on: .sqlite)
        let store = try await store(database)
        let own = tenant("own")
        try await add(own, to: store)
        let full: SQL = "PRAGMA max_page_count = 1"
        // The wipe needs more pages than are left.
        await #expect(throws: StoreError.self) {
            try await store.write(own.id) { [self] scope in
                _ = try scope.db.rows(full, []) { _ in }
                let secret = String(repeating: "s", count: 100_000)
                try scope.wipe(dataKey: key(7), webhookSecret: secret, resetsAt: now, at: now)
            }
        }
        try await store.systemWrite { _ = try $0.db.rows("PRAGMA max_page_count = 1073741823", []) { _ in } }
        let isReplaced = try await store.write(own.id) { [self] in try $0.rotateDataKey(with: key(6), at: now) }
        #expect(isReplaced)
        try await store.write(own.id) { [self] scope in
            while try scope.reencryptSome(limit: 10, at: now).mayBeMore {}
            try scope.retirePreviousDataKey()
        }
        #expect(try await secret(of: own, in: store) == "whsec_own")
        await store.close()
        let restarted = try await self.store(database)
        #expect(try await secret(of: own, in: restarted) == "whsec_own")
        #expect(try await restarted.systemRead { try $0.keyFaults(of: own) }.isEmpty)
        await restarted.close()
    }

    @Test("The ids of keys are random and never row numbers", arguments: TestDatabase.engines)
    func ids(engine: TestDatabase.Engine) async throws {
        let store = try await store(TestDatabase(on: engine))
        for number in 0..<8 { try await add(tenant("t\(number)"), to: store) }
        let ids = try await storedIDs(store)
        #expect(ids.allSatisfy { $0 >= 1 << 40 })
        #expect(zip(ids.sorted(), ids.sorted().dropFirst()).allSatisfy { $1 - $0 > 1_000 })
        await store.close()
    }

    @Test(
        "Keys that were swapped between two tenants do not open, and the check names both tenants",
        arguments: TestDatabase.engines)
    func exchanged(engine: TestDatabase.Engine) async throws {
        let database = try TestDatabase(on: engine)
        let first = try await store(database)
        let (left, right, other) = (tenant("left"), tenant("right"), tenant("other"))
        for tenant in [left, right, other] { try await add(tenant, to: first) }
        #expect(try await first.systemRead { try $0.keyFaults(of: left) }.isEmpty)
        try await first.systemWrite { scope in
            let rows = try scope.db.rows(
                """
                SELECT w.id, w.wrapped FROM tenants t JOIN wrapped_keys w ON w.id = t.data_key
                WHERE t.name IN ('left', 'right')
                """, []
            ) { (id: try $0.integer(0), wrapped: try $0.blob(1)) }
            for (row, from) in zip(rows, rows.reversed()) {
                try scope.db.run(
                    "UPDATE wrapped_keys SET wrapped = $2 WHERE id = $1", [.integer(row.id), .blob(from.wrapped)])
            }
        }
        await first.close()
        let second = try await store(database)
        for tenant in [left, right] {
            let faults = try await second.systemRead { try $0.keyFaults(of: tenant) }
            #expect(faults == [KeyFault(owner: .tenant(tenant.name), part: .key)])
        }
        #expect(try await second.systemRead { try $0.keyFaults(of: other) }.isEmpty)
        #expect(try await secret(of: other, in: second) == "whsec_other")
        await second.close()
    }

    @Test(
        "No record is re-encrypted with a key that the database does not have",
        arguments: TestDatabase.engines)
    func confirmed(engine: TestDatabase.Engine) async throws {
        let database = try TestDatabase(on: engine)
        let store = try await store(database)
        let own = tenant("own")
        try await add(own, to: store)
        _ = try await store.write(own.id) { [self] in try $0.rotateDataKey(with: key(5), at: now) }
        let lost = try await store.systemWrite { scope in
            let id = try scope.db.row("SELECT data_key FROM tenants WHERE name = 'own'", []) { try $0.integer(0) }
            try scope.db.run("UPDATE wrapped_keys SET wrapped = $2 WHERE id = $1", [.integer(id ?? 0), .blob([1, 2])])
            return id
        }
        #expect(store.keysInMemory.contains(lost ?? 0))
        await #expect(throws: StoreError.self) {
            try await store.write(own.id) { [self] in try $0.reencryptSome(limit: 10, at: now) }
        }
        #expect(!store.keysInMemory.contains(lost ?? 0))
        await store.close()
    }

    @Test("Opening the store binds wraps of an older version to their rows", arguments: TestDatabase.engines)
    func olderWraps(engine: TestDatabase.Engine) async throws {
        let database = try TestDatabase(on: engine)
        let engine = try database.open(readingThreads: 1)
        try await Migrations.apply(to: engine, upTo: 10)
        let own = tenant("own")
        let master = try #require(SealingKey(number: 0, bytes: masterKey))
        let dataKey = try #require(SealingKey(number: 2, bytes: key(9)))
        try await engine.write { [self] db in
            for (id, purpose, name, bytes) in [
                (1, "installation", "check", key(0)), (2, "tenant-data", own.id.description, key(9)),
            ] {
                let wrapped = try master.seal(bytes, as: "key/\(purpose)/\(name)")
                try db.run(
                    "INSERT INTO wrapped_keys (id, purpose, name, wrapped, created_at) VALUES ($1, $2, $3, $4, 0)",
                    [.integer(Int64(id)), .text(purpose), .text(name), .blob(wrapped)])
            }
            let secret = try dataKey.seal(Array("whsec_own".utf8), as: "\(own.id)/webhook-secret/")
            try db.run(
                """
                INSERT INTO tenants (uuid, name, kind, status, created_at, data_key, webhook_secret)
                VALUES ($1, 'own', 'sandbox', 'active', 0, 2, $2)
                """, [.text(own.id.description), .blob(secret)])
        }
        await engine.close()
        for _ in 0..<2 {
            let store = try await store(database)
            #expect(try await secret(of: own, in: store) == "whsec_own")
            let formats = try await store.systemRead {
                try $0.db.rows("SELECT DISTINCT wrap_format FROM wrapped_keys", []) { try $0.integer(0) }
            }
            #expect(formats == [2])
            await store.close()
        }
    }
}
