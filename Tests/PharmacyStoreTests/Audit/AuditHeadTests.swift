import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("The end of the audit log", .timeLimit(.minutes(3)))
struct AuditHeadTests {
    private let now = Timestamp(milliseconds: 1_700_000_000_000)

    /// A store with its own engine.
    private func open(_ kind: TestDatabase.Engine) async throws -> (engine: any SQLEngine, store: Store) {
        let engine = try TestDatabase(on: kind).open()
        let store = try await Store(engine: engine, masterKey: .fixed([UInt8](repeating: 7, count: 32)), now: now)
        return (engine, store)
    }

    /// Appends entries in one commit.
    private func write(_ count: Int, in store: Store, at moment: Timestamp? = nil) async throws {
        let at = moment ?? now
        try await store.systemWrite(.log) { scope in
            for number in 0..<count { scope.audit(.serverStarted, ["UP_\(number)"], at: at) }
        }
    }

    /// Writes the database without the program.
    private func alter(_ kind: TestDatabase.Engine, _ engine: any SQLEngine, _ statements: [SQL]) async throws {
        let table: SQL = kind == .postgreSQL ? "ON audit_entries" : ""
        let triggers: [SQL] = [
            "DROP TRIGGER IF EXISTS audit_entries_are_not_changed",
            "DROP TRIGGER IF EXISTS audit_entries_are_not_removed",
        ]
        try await engine.write { db in
            for trigger in triggers { try db.run(trigger + table, []) }
            for statement in statements { try db.run(statement, []) }
        }
    }

    private func row(_ engine: any SQLEngine) async throws -> [SQLValue]? {
        try await engine.read { db in
            try db.row(
                "SELECT checkpoint_sequence, checkpoint_hash, pruned_sequence, pruned_hash, seal FROM audit_head", []
            ) { row in
                [
                    .integer(try row.integer(0)), .blob(try row.blob(1)), .integer(try row.integer(2)),
                    .blob(try row.blob(3)), .blob(try row.blob(4)),
                ]
            }
        }
    }

    private func sealed(_ engine: any SQLEngine) async throws -> [Int64] {
        try await engine.read { db in
            try db.rows("SELECT sequence FROM audit_entries WHERE seal IS NOT NULL ORDER BY sequence", []) {
                try $0.integer(0)
            }
        }
    }

    @Test(
        "Commits append entries without changing a row, and seal their last entry", arguments: TestDatabase.engines)
    func appendOnly(kind: TestDatabase.Engine) async throws {
        let (engine, store) = try await open(kind)
        let before = try await row(engine)
        for count in [1, 3, 2] { try await write(count, in: store) }
        #expect(try await row(engine) == before)
        #expect(try await sealed(engine) == [1, 4, 6])
        let head = try await store.systemRead { try $0.auditHead() }
        #expect(head.sequence == 6 && head.isGenuine)
        await store.close()
    }

    @Test("Entries after an unsealed end are never sealed", arguments: TestDatabase.engines)
    func cutWithinCommit(kind: TestDatabase.Engine) async throws {
        let (engine, store) = try await open(kind)
        for count in [2, 3] { try await write(count, in: store) }
        try await alter(kind, engine, ["DELETE FROM audit_entries WHERE sequence = 5"])
        for _ in 0..<2 {
            let head = try await store.systemRead { try $0.auditHead() }
            #expect(!head.isGenuine && head.isCheckpointGenuine)
            try await write(1, in: store)
            try await store.systemWrite { try $0.checkpointAudit() }
        }
        #expect(try await sealed(engine) == [2])
        await store.close()
    }

    @Test(
        "Entries before a checkpoint cannot be cut off without also putting back an older row",
        arguments: TestDatabase.engines)
    func checkpoint(kind: TestDatabase.Engine) async throws {
        let (engine, store) = try await open(kind)
        for _ in 0..<4 { try await write(1, in: store) }
        try await store.systemWrite { try $0.checkpointAudit() }
        try await alter(kind, engine, ["DELETE FROM audit_entries WHERE sequence > 2"])
        let head = try await store.systemRead { try $0.auditHead() }
        #expect(head.sequence == 4 && !head.isGenuine)
        // The gap stays: numbers are not used again.
        try await write(1, in: store)
        let sequences = try await engine.read { db in
            try db.rows("SELECT sequence FROM audit_entries ORDER BY sequence", []) { try $0.integer(0) }
        }
        #expect(sequences == [1, 2, 5])
        await store.close()
    }

    @Test("After retention has removed all entries the log continues with seals", arguments: TestDatabase.engines)
    func pruned(kind: TestDatabase.Engine) async throws {
        let (engine, store) = try await open(kind)
        let cutoff = now
        try await write(3, in: store, at: now - .days(2))
        #expect(try await store.systemWrite { try $0.pruneAudit(before: cutoff, limit: 10) } == 3)
        let empty = try await store.systemRead { try $0.auditHead() }
        #expect(empty.sequence == 3 && empty.prunedSequence == 3 && empty.isGenuine)
        try await write(2, in: store)
        let head = try await store.systemRead { try $0.auditHead() }
        #expect(head.sequence == 5 && head.isGenuine)
        #expect(try await sealed(engine) == [5])
        let hashes = try await store.systemRead { try $0.auditHashes(of: [3, 4, 5, 6]) }
        #expect(Set(hashes.keys) == [4, 5])
        #expect(hashes[5] == head.hash)
        await store.close()
    }

    @Test(
        "The head of an earlier version is the first checkpoint, and later entries are sealed",
        arguments: TestDatabase.engines)
    func earlierDatabase(kind: TestDatabase.Engine) async throws {
        let (engine, store) = try await open(kind)
        try await write(3, in: store)
        try await store.systemWrite { try $0.checkpointAudit() }
        // That version's entries have no seals. The row retains its seal.
        try await alter(kind, engine, ["UPDATE audit_entries SET seal = NULL"])
        #expect(try await store.systemRead { try $0.auditHead().isGenuine })
        try await write(1, in: store)
        #expect(try await store.systemRead { try $0.auditHead().isGenuine })
        #expect(try await sealed(engine) == [4])
        await store.close()
    }

    @Test("The migration does not change the head and the entries", arguments: TestDatabase.engines)
    func migration(kind: TestDatabase.Engine) async throws {
        let engine = try TestDatabase(on: kind).open()
        try await Migrations.apply(to: engine, upTo: 10)
        try await engine.write { db in
            try db.run(
                """
                INSERT INTO audit_head (id, sequence, hash, pruned_sequence, pruned_hash, seal)
                VALUES (1, 3, $1, 2, $2, $3)
                """, [.blob([1]), .blob([2]), .blob([3])])
            try db.run(
                """
                INSERT INTO audit_entries (sequence, at, tenant, actor, action, subjects, request, hash)
                VALUES (3, 0, NULL, 'system', 'server.started', '', NULL, $1)
                """, [.blob([1])])
        }
        try await Migrations.apply(to: engine)
        #expect(try await row(engine) == [3, .blob([1]), 2, .blob([2]), .blob([3])])
        #expect(try await sealed(engine) == [])
        await #expect(throws: StoreError.self) {
            try await engine.write { _ = try $0.run("DELETE FROM audit_entries", []) }
        }
        await engine.close()
    }
}
