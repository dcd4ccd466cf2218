import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Audit entries that a process appended", .timeLimit(.minutes(3)))
struct AppendedAuditEntriesTests {
    private func mark(_ sequence: Int64, _ byte: UInt8 = 0) -> AuditMark {
        AuditMark(sequence: sequence, hash: [byte])
    }

    @Test("The newest entry vouches for earlier ones, unless an earlier one was reported after it")
    func order() {
        let entries = AppendedAuditEntries()
        #expect(entries.take().isEmpty)
        for sequence: Int64 in [1, 2, 5] { entries.appended(mark(sequence)) }
        #expect(entries.take() == [mark(5)])
        #expect(entries.take().isEmpty)
        for (sequence, byte) in [(6, 0), (9, 0), (7, 1), (8, 1), (9, 1), (10, 1)] as [(Int64, UInt8)] {
            entries.appended(mark(sequence, byte))
        }
        #expect(Set(entries.take()) == [mark(9), mark(10, 1)])
    }

    @Test("Only entries of committed transactions are remembered", arguments: TestDatabase.engines)
    func commits(kind: TestDatabase.Engine) async throws {
        struct Refused: Error {}
        let engine = try TestDatabase(on: kind).open()
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        let store = try await Store(engine: engine, masterKey: .fixed([UInt8](repeating: 7, count: 32)), now: now)
        try await store.systemWrite(.log) { $0.audit(.serverStarted, [], at: now) }
        let head = try await store.systemRead { try $0.auditHead() }
        #expect(store.takeAppendedAuditEntries() == [AuditMark(sequence: head.sequence, hash: head.hash)])
        await #expect(throws: Refused.self) {
            try await store.systemWrite(.log) { scope in
                scope.audit(.serverStarted, [], at: now)
                throw Refused()
            }
        }
        #expect(store.takeAppendedAuditEntries().isEmpty)
        await store.close()
    }
}
