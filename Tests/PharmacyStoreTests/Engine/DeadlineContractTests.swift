import Dispatch
import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import Testing

/// Opens a transaction, and blocks its thread until it is released.
struct HeldTransaction: Sendable {
    private let isOpen = DispatchSemaphore(value: 0)
    private let mayEnd = DispatchSemaphore(value: 0)

    /// For the body of a transaction.
    func hold(_ db: any SQLConnection) throws {
        // From here on the transaction has begun for the server, too.
        _ = try db.row("SELECT 1", []) { try $0.integer(0) }
        isOpen.signal()
        mayEnd.wait()
    }

    func release() { mayEnd.signal() }

    /// Waits until it is open, on a thread that may block.
    func untilOpen() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                isOpen.wait()
                continuation.resume()
            }
        }
    }
}

@Suite("The contract of the engines: deadlines", .timeLimit(.minutes(3)))
struct DeadlineContractTests {
    private let limit = Duration.milliseconds(100)

    @Test(
        "The caller of a write waits no longer than its deadline though the thread is stuck",
        arguments: TestDatabase.engines)
    func stuckWrite(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        let held = HeldTransaction()
        await #expect(throws: StoreError.outcomeUnknown) {
            try await TransactionTimeLimit.$current.withValue(limit) {
                try await numbers.engine.write { db in
                    try NumbersTable.insert(1, in: db)
                    try held.hold(db)
                }
            }
        }
        // Writes behind it do not wait longer than their limit, and have no effect.
        await #expect(throws: StoreError.overloaded) {
            try await TransactionTimeLimit.$current.withValue(limit) { try await numbers.insert(2) }
        }
        held.release()
        try await numbers.insert(3)
        #expect(try await numbers.all.suffix(1) == [3])
        #expect(try await !numbers.all.contains(2))
        await numbers.engine.close()
    }

    @Test(
        "The caller of a read waits no longer than its deadline though the thread is stuck",
        arguments: TestDatabase.engines)
    func stuckRead(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        let held = HeldTransaction()
        let error = await #expect(throws: StoreError.self) {
            try await TransactionTimeLimit.$current.withValue(limit) {
                try await numbers.engine.read { try held.hold($0) }
            }
        }
        guard case .unavailable = error else { throw try #require(error) }
        #expect(try await numbers.all.isEmpty, "another thread reads")
        held.release()
        await numbers.engine.close()
    }

    @Test("A request's transactions share one time limit", arguments: TestDatabase.engines)
    func sharedLimit(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        let spent = StoreLimits.transactionTimeout - .milliseconds(200)
        await StoreWaitingTime.$current.withValue(StoreWaitingTime(waited: spent)) {
            let held = HeldTransaction()
            // It waits for the rest of its time, and nothing is left for another.
            await #expect(throws: StoreError.self) { try await numbers.engine.read { try held.hold($0) } }
            await #expect(throws: StoreError.self) { try await numbers.insert(2) }
            held.release()
        }
        try await numbers.insert(3)
        #expect(try await numbers.all == [3])
        await numbers.engine.close()
    }

    @Test("The oldest transaction in progress can be seen", arguments: TestDatabase.engines)
    func vitals(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        let other = engine == .sqlite ? numbers.engine : try numbers.database.open()
        let held = HeldTransaction()
        async let reading: Void = numbers.engine.read { try held.hold($0) }
        await held.untilOpen()
        let age = try await other.vitals().oldestTransaction
        #expect(try #require(age) >= .zero)
        held.release()
        try await reading
        await numbers.engine.close()
        if engine == .postgreSQL { await other.close() }
    }
}
