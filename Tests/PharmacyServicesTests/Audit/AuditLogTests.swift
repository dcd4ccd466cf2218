import Foundation
import PharmacyDomain
import PharmacyServices
import PharmacyStore
import Testing

@Suite("The audit log", .timeLimit(.minutes(3)))
struct AuditLogTests {
    private let now = Timestamp(milliseconds: 1_766_423_701_000)
    private let engine: SQLiteEngine
    private let store: Store
    private let log: AuditLog

    init() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString).sqlite").path
        engine = try SQLiteEngine(path: path, readingThreads: 2, notifier: ChangeNotifier())
        store = try await Store(engine: engine, masterKey: .fixed([UInt8](repeating: 1, count: 32)), now: now)
        log = AuditLog(store: store)
    }

    private struct Refused: Error {}

    private func write(_ count: Int, age: Duration = .zero) async throws {
        let at = now - age
        for number in 0..<count {
            try await store.systemWrite { $0.audit(.patientRead, ["patient-\(number)"], at: at) }
        }
    }

    /// Writes the file without the program and its keys.
    private func alter(_ statements: [SQL]) async throws {
        try await engine.write { db in
            for trigger: SQL in [
                "DROP TRIGGER audit_entries_are_not_changed", "DROP TRIGGER audit_entries_are_not_removed",
            ] { try db.run(trigger, []) }
            for statement in statements { try db.run(statement, []) }
        }
    }

    @Test("An unaltered log is unbroken, also when it is empty")
    func unbroken() async throws {
        #expect(
            try await log.verify()
                == .unbroken(entries: 0, head: AuditMark(sequence: 0, hash: AuditChain.start)))
        try await write(1_005)
        guard case .unbroken(let entries, let head) = try await log.verify() else {
            Issue.record("broken")
            return
        }
        #expect(entries == 1_005)
        #expect(head.sequence == 1_005)
        #expect(AuditMark(head.description) == head)
    }

    private static let alterations: [(SQL, Int64)] = [
        ("UPDATE audit_entries SET at = at + 1 WHERE sequence = 4", 4),
        ("UPDATE audit_entries SET tenant = '0b9df3b0-5f0a-4f86-8d5c-2a9bd7d4b0f5' WHERE sequence = 4", 4),
        ("UPDATE audit_entries SET tenant = 'nobody' WHERE sequence = 4", 4),
        ("UPDATE audit_entries SET actor = 'anonymous' WHERE sequence = 4", 4),
        ("UPDATE audit_entries SET actor = 'someone' WHERE sequence = 4", 4),
        ("UPDATE audit_entries SET action = 'patient.listed' WHERE sequence = 4", 4),
        ("UPDATE audit_entries SET action = 'nothing' WHERE sequence = 4", 4),
        ("UPDATE audit_entries SET subjects = 'patient-9' WHERE sequence = 4", 4),
        ("UPDATE audit_entries SET subjects = '' WHERE sequence = 4", 4),
        ("UPDATE audit_entries SET request = 'r' WHERE sequence = 4", 4),
        ("UPDATE audit_entries SET hash = zeroblob(32) WHERE sequence = 4", 4),
        ("UPDATE audit_entries SET sequence = 40 WHERE sequence = 4", 4),
        ("DELETE FROM audit_entries WHERE sequence = 4", 4),
        ("DELETE FROM audit_entries WHERE sequence = 1", 1),
        ("DELETE FROM audit_entries WHERE sequence > 7", 8),
        ("DELETE FROM audit_entries", 1),
        ("UPDATE audit_entries SET seal = zeroblob(32) WHERE sequence = 10", 10),
        ("UPDATE audit_head SET checkpoint_sequence = 9", 10),
        ("UPDATE audit_head SET pruned_sequence = 3", 10),
        ("UPDATE audit_head SET pruned_hash = (SELECT hash FROM audit_entries WHERE sequence = 3)", 10),
        ("UPDATE audit_head SET checkpoint_hash = (SELECT hash FROM audit_entries WHERE sequence = 9)", 10),
        ("UPDATE audit_head SET seal = zeroblob(32)", 10),
        (
            """
            INSERT INTO audit_entries (sequence, at, tenant, actor, action, subjects, request, hash)
            SELECT 11, at, tenant, actor, action, subjects, request, hash FROM audit_entries
            WHERE sequence = 10
            """, 11
        ),
    ]

    @Test("Any altered, removed or added entry is found at its number", arguments: alterations)
    func altered(statement: SQL, sequence: Int64) async throws {
        try await write(10)
        try await store.systemWrite { try $0.checkpointAudit() }
        try await alter([statement])
        guard case .broken(let found, _) = try await log.verify() else {
            Issue.record("not found")
            return
        }
        #expect(found == sequence)
    }

    @Test("Swapped entries are found")
    func swapped() async throws {
        try await write(10)
        try await alter([
            "UPDATE audit_entries SET sequence = 100 WHERE sequence = 4",
            "UPDATE audit_entries SET sequence = 4 WHERE sequence = 5",
            "UPDATE audit_entries SET sequence = 5 WHERE sequence = 100",
        ])
        #expect(try await log.verify() == .broken(at: 4, reason: .altered))
    }

    @Test("A tail removed together with its head is found, also after more entries were written")
    func truncated() async throws {
        try await write(10)
        try await alter([
            "DELETE FROM audit_entries WHERE sequence > 7",
            """
            UPDATE audit_head SET checkpoint_sequence = 7,
                checkpoint_hash = (SELECT hash FROM audit_entries WHERE sequence = 7)
            """,
        ])
        #expect(try await log.verify() == .broken(at: 7, reason: .alteredHead))
        try await write(2)
        #expect(try await log.verify() == .broken(at: 9, reason: .alteredHead))
    }

    @Test("Entries hashed again without the key are found")
    func rehashed() async throws {
        try await write(3)
        let forger = AuditChain(key: [UInt8](repeating: 0, count: 32))
        let lines = try await store.systemRead { try $0.auditEntries(after: 0, limit: 3) }
        var previous = AuditChain.start
        var hashes: [[UInt8]] = []
        for line in lines {
            let entry = try #require(line.entry)
            previous = forger.hash(entry, after: previous)
            hashes.append(previous)
        }
        let forged = hashes
        try await alter([])
        try await engine.write { db in
            for (index, hash) in forged.enumerated() {
                try db.run(
                    "UPDATE audit_entries SET hash = $2 WHERE sequence = $1", [SQLValue(index + 1), .blob(hash)])
            }
        }
        #expect(try await log.verify() == .broken(at: 1, reason: .altered))
    }

    @Test("The database itself refuses to change or remove an entry, or to remove the head")
    func appendOnly() async throws {
        try await write(2)
        for statement: SQL in [
            "UPDATE audit_entries SET at = 0", "DELETE FROM audit_entries", "DELETE FROM audit_head",
        ] {
            await #expect(throws: StoreError.self) { try await engine.write { _ = try $0.run(statement, []) } }
        }
        guard case .unbroken(2, _) = try await log.verify() else {
            Issue.record("broken")
            return
        }
    }

    @Test("Of 100 concurrent writers, those that fail leave no entry, and the chain is unbroken")
    func concurrent() async throws {
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let outcome: Void? = try? await store.systemWrite { scope in
                        scope.audit(.orderCreated, ["order-\(number)"], at: now)
                        if number.isMultiple(of: 3) { throw Refused() }
                    }
                    #expect((outcome == nil) == number.isMultiple(of: 3))
                }
            }
        }
        guard case .unbroken(66, _) = try await log.verify() else {
            Issue.record("broken")
            return
        }
    }

    @Test("Expired entries are removed, the oldest first, and the remaining ones verify")
    func prune() async throws {
        try await write(7, age: .days(10))
        try await write(5)
        let cutoff = now - .days(5)
        #expect(try await store.systemWrite { try $0.pruneAudit(before: cutoff, limit: 4) } == 4)
        guard case .unbroken(8, _) = try await log.verify() else {
            Issue.record("broken")
            return
        }
        #expect(try await store.systemWrite { try $0.pruneAudit(before: cutoff, limit: 4) } == 3)
        #expect(try await store.systemWrite { try $0.pruneAudit(before: cutoff, limit: 4) } == 0)
        try await write(1)
        guard case .unbroken(6, let head) = try await log.verify() else {
            Issue.record("broken")
            return
        }
        #expect(head.sequence == 13)
        try await alter(["DELETE FROM audit_entries WHERE sequence = 8"])
        #expect(try await log.verify() == .broken(at: 8, reason: .missing))
    }

    @Test("A noted entry is reported as missing after the database was set back to an earlier state")
    func noted() async throws {
        try await write(3)
        guard case .unbroken(_, let head) = try await log.verify() else {
            Issue.record("broken")
            return
        }
        let later = AuditMark(sequence: 9, hash: head.hash)
        let other = AuditMark(sequence: 3, hash: AuditChain.start)
        #expect(try await log.verify(against: head) == .unbroken(entries: 3, head: head))
        #expect(try await log.verify(against: later) == .broken(at: 9, reason: .missing))
        #expect(try await log.verify(against: other) == .broken(at: 3, reason: .otherMark))
    }

    @Test("Filters limit a list to the entries that match all of them")
    func filters() async throws {
        try await write(3)
        try await store.systemWrite { $0.audit(.orderCreated, ["order-1", "patient-1"], at: now + .hours(1)) }
        var filter = AuditFilter()
        filter.subject = "patient-1"
        #expect(try await sequences(filter) == [4, 2])
        filter.action = .orderCreated
        #expect(try await sequences(filter) == [4])
        filter.actor = .anonymous
        #expect(try await sequences(filter) == [])
        filter = AuditFilter()
        filter.since = now + .hours(1)
        filter.actor = .system
        #expect(try await sequences(filter) == [4])
        filter = AuditFilter()
        filter.until = now
        filter.subject = "patient-"
        #expect(try await sequences(filter) == [])
    }

    private func sequences(_ filter: AuditFilter) async throws -> [Int64] {
        try await store.systemRead { try $0.newestAuditEntries(filter, limit: 100).map(\.sequence) }
    }
}
