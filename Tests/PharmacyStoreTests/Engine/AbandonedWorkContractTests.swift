import Foundation
import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("The contract of the engines: requests whose clients have disconnected", .timeLimit(.minutes(3)))
struct AbandonedWorkContractTests {
    private let tenant = TenantID(UUID())

    /// Runs work like a request, in a task that can be cancelled.
    private func request<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) -> Task<Value, any Error> {
        StoreWaitingTime.$current.withValue(StoreWaitingTime()) { Task { try await work() } }
    }

    @Test(
        "A waiting write is dropped with its request, and the next ones are done",
        arguments: TestDatabase.engines)
    func waitingWrite(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        let (tenant, store) = (tenant, numbers.engine)
        let held = HeldTransaction()
        let holding = Task { try await store.write(.tenant(tenant)) { try held.hold($0) } }
        await held.untilOpen()
        let abandoned = request { try await store.write(.tenant(tenant)) { try NumbersTable.insert(1, in: $0) } }
        let late = request { try await store.write(.tenant(tenant)) { try NumbersTable.insert(2, in: $0) } }
        abandoned.cancel()
        // At once, while the writer is still busy.
        await #expect(throws: CancellationError.self) { try await abandoned.value }
        held.release()
        try await holding.value
        try await late.value
        #expect(try await numbers.all == [2])
        await numbers.engine.close()
    }

    @Test("A write that has begun is finished, and its request gets the result", arguments: TestDatabase.engines)
    func begunWrite(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        let (tenant, store) = (tenant, numbers.engine)
        let held = HeldTransaction()
        let begun = request {
            try await store.write(.tenant(tenant)) { db in
                try NumbersTable.insert(1, in: db)
                try held.hold(db)
                return true
            }
        }
        await held.untilOpen()
        begun.cancel()
        held.release()
        #expect(try await begun.value)
        #expect(try await numbers.all == [1])
        await numbers.engine.close()
    }

    @Test("A read whose request is cancelled already is not begun", arguments: TestDatabase.engines)
    func read(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        let (tenant, store) = (tenant, numbers.engine)
        let held = HeldTransaction()
        let reading = request {
            // Cancelled by the time that it gets here.
            await held.untilOpen()
            return try await store.read(for: tenant) { try NumbersTable.all(in: $0) }
        }
        reading.cancel()
        let holding = Task { try await store.read(for: tenant) { try held.hold($0) } }
        await #expect(throws: CancellationError.self) { try await reading.value }
        held.release()
        try await holding.value
        await numbers.engine.close()
    }

    @Test(
        "Shared transactions and background work are done even when a caller is cancelled",
        arguments: TestDatabase.engines)
    func shared(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        let (tenant, store) = (tenant, numbers.engine)
        let held = HeldTransaction()
        let holding = Task { try await store.write(.everything) { try held.hold($0) } }
        await held.untilOpen()
        let counted = request { try await store.write(.everything) { try NumbersTable.insert(1, in: $0) } }
        let background = Task { try await store.write(.tenant(tenant)) { try NumbersTable.insert(2, in: $0) } }
        counted.cancel()
        background.cancel()
        held.release()
        try await holding.value
        try await counted.value
        try await background.value
        #expect(try await numbers.all == [1, 2])
        await numbers.engine.close()
    }
}
