import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("What a process remembers of the audit log", .timeLimit(.minutes(3)))
struct AuditMemoryTests {
    private func position(_ sequence: Int64, _ byte: UInt8 = 0) -> AuditPosition {
        AuditPosition(sequence: sequence, hash: [byte])
    }

    @Test("The newest end stands for those before it, unless one came after it that lies before it")
    func order() {
        let memory = AuditMemory()
        #expect(memory.take().isEmpty)
        for sequence: Int64 in [1, 2, 5] { memory.appended(position(sequence)) }
        #expect(memory.take() == [position(5)])
        #expect(memory.take().isEmpty)
        for (sequence, byte) in [(6, 0), (9, 0), (7, 1), (8, 1), (9, 1), (10, 1)] as [(Int64, UInt8)] {
            memory.appended(position(sequence, byte))
        }
        #expect(Set(memory.take()) == [position(9), position(10, 1)])
    }

    @Test("Entries are remembered when they are committed, and not otherwise", arguments: TestDatabase.engines)
    func commits(kind: TestDatabase.Engine) async throws {
        struct Refused: Error {}
        let engine = try TestDatabase(on: kind).open()
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        let store = try await Store(engine: engine, masterKey: .fixed([UInt8](repeating: 7, count: 32)), now: now)
        try await store.systemWrite(.log) { $0.audit(.serverStarted, [], at: now) }
        let head = try await store.systemRead { try $0.auditHead() }
        #expect(store.takeAppendedAudit() == [AuditPosition(sequence: head.sequence, hash: head.hash)])
        await #expect(throws: Refused.self) {
            try await store.systemWrite(.log) { scope in
                scope.audit(.serverStarted, [], at: now)
                throw Refused()
            }
        }
        #expect(store.takeAppendedAudit().isEmpty)
        await store.close()
    }
}
