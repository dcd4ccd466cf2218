import Dispatch
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

/// The contract of every engine with the closures that run on it.
@Suite("The contract of the engines: transactions", .timeLimit(.minutes(3)))
struct TransactionContractTests {
    struct Refusal: Error {}

    private final class Numbers: Sendable {
        let all = Mutex<[Int]>([])
    }

    @Test("A write that throws has no effect, and the next one succeeds", arguments: TestDatabase.engines)
    func thrown(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        try await numbers.insert(1)
        await #expect(throws: Refusal.self) {
            try await numbers.engine.write { db in
                try NumbersTable.insert(2, in: db)
                try db.run("DELETE FROM numbers WHERE number = $1", [1])
                throw Refusal()
            }
        }
        await #expect(throws: StoreError.self) {
            try await numbers.engine.write { db in
                try NumbersTable.insert(3, in: db)
                try db.run("INSERT INTO nowhere (number) VALUES ($1)", [1])
            }
        }
        #expect(try await numbers.all == [1])
        try await numbers.insert(2)
        #expect(try await numbers.all == [1, 2])
        await numbers.engine.close()
    }

    @Test("Of writes that share a commit, one that fails fails alone, with its reason", arguments: TestDatabase.engines)
    func groupCommit(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        try await numbers.insert(-1)
        /// Every fifth is refused by itself, every seventh by the database.
        let outcomes = await withTaskGroup(of: (number: Int, error: (any Error)?).self) { group in
            for number in 0..<500 {
                group.addTask {
                    do {
                        try await numbers.engine.write(.log) { db in
                            try NumbersTable.insert(number, in: db)
                            if number.isMultiple(of: 5) { throw Refusal() }
                            if number.isMultiple(of: 7) { try NumbersTable.insert(-1, in: db) }
                        }
                        return (number, nil)
                    } catch {
                        return (number, error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for (number, error) in outcomes {
            if number.isMultiple(of: 5) {
                #expect(error is Refusal)
            } else if number.isMultiple(of: 7) {
                #expect(error as? StoreError == .uniqueViolation)
            } else {
                #expect(error == nil)
            }
        }
        let committed = (0..<500).filter { !$0.isMultiple(of: 5) && !$0.isMultiple(of: 7) }
        #expect(try await numbers.all == [-1] + committed)
        await numbers.engine.close()
    }

    @Test("The effects of a batch that is repeated because of one write happen once", arguments: TestDatabase.engines)
    func effectsOfRepeatedBatch(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        let committed = Numbers()
        await withTaskGroup { group in
            for number in 0..<200 {
                group.addTask {
                    try? await numbers.engine.write(.log) { db in
                        try NumbersTable.insert(number, in: db)
                        db.afterCommit { committed.all.withLock { $0.append(number) } }
                        if number.isMultiple(of: 50) { throw Refusal() }
                    }
                }
            }
        }
        let expected = (0..<200).filter { !$0.isMultiple(of: 50) }
        #expect(committed.all.withLock { $0.sorted() } == expected)
        #expect(try await numbers.all == expected)
        await numbers.engine.close()
    }

    @Test("A read sees one snapshot, whatever is written meanwhile", arguments: TestDatabase.engines)
    func snapshot(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        try await numbers.insert(1)
        let (begun, feed) = AsyncStream.makeStream(of: Void.self)
        let isWritten = DispatchSemaphore(value: 0)
        async let seen = numbers.engine.read { db in
            let before = try NumbersTable.all(in: db)
            feed.yield()
            // On a thread of the engine, which may block.
            isWritten.wait()
            return [before, try NumbersTable.all(in: db)]
        }
        for await _ in begun { break }
        do {
            defer { isWritten.signal() }
            try await numbers.insert(2)
        }
        #expect(try await seen == [[1], [1]])
        #expect(try await numbers.all == [1, 2])
        await numbers.engine.close()
    }

    @Test("A write sees what was written before it, and what it has written itself", arguments: TestDatabase.engines)
    func ownEffects(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await numbers.engine.write { db in
                        let count = try NumbersTable.all(in: db).count
                        try NumbersTable.insert(count, in: db)
                        return try NumbersTable.all(in: db).count
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts.sorted() == Array(1...200))
        #expect(try await numbers.all == Array(0..<200))
        await numbers.engine.close()
    }

    @Test("A read that would write is refused", arguments: TestDatabase.engines)
    func readOnly(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        await #expect(throws: StoreError.self) {
            try await numbers.engine.read { try NumbersTable.insert(1, in: $0) }
        }
        #expect(try await numbers.all.isEmpty)
        await numbers.engine.close()
    }

    // MARK: ChangeNotifier

    /// An engine shared by nodes notifies every channel once when it begins to listen.
    private func drainInitialNotifications(_ notifier: ChangeNotifier, of engine: TestDatabase.Engine) async {
        if engine == .postgreSQL { for channel in StoreChannel.allCases { await notifier.wait(for: channel) } }
    }

    @Test("A service that is notified finds the work", arguments: TestDatabase.engines)
    func notifies(engine: TestDatabase.Engine) async throws {
        let notifier = ChangeNotifier()
        let numbers = try await NumbersTable(on: engine, notifier: notifier)
        await drainInitialNotifications(notifier, of: engine)
        for number in 1...20 {
            async let found = {
                await notifier.wait(for: .dispatch)
                return try await numbers.all
            }()
            try await numbers.engine.write { db in
                // Before there is anything to find.
                db.notify(.dispatch)
                try NumbersTable.insert(number, in: db)
            }
            #expect(try await found == Array(1...number))
        }
        await numbers.engine.close()
    }

    @Test("A write that fails sends no notification", arguments: TestDatabase.engines, [1, 20])
    func failedWriteSendsNone(engine: TestDatabase.Engine, alongside count: Int) async throws {
        let notifier = ChangeNotifier()
        let numbers = try await NumbersTable(on: engine, notifier: notifier)
        await drainInitialNotifications(notifier, of: engine)
        await withTaskGroup { group in
            for number in 0..<count {
                group.addTask {
                    try? await numbers.engine.write(.log) { db in
                        if number.isMultiple(of: 2) {
                            db.notify(.deliveries)
                            throw Refusal()
                        }
                        try NumbersTable.insert(-number, in: db)
                    }
                }
            }
        }
        // Notifications of the writes above precede this one.
        try await numbers.engine.write { $0.notify(.dispatch) }
        await notifier.wait(for: .dispatch)
        async let found = {
            await notifier.wait(for: .deliveries)
            return try await numbers.all.last
        }()
        // Time for an earlier notification to arrive.
        for number in 1...50 { try await numbers.insert(number) }
        try await numbers.engine.write { db in
            db.notify(.deliveries)
            try NumbersTable.insert(51, in: db)
        }
        #expect(try await found == 51)
        await numbers.engine.close()
    }

    // MARK: The end

    @Test(
        "Writes that were accepted before the end are done, and later ones are refused",
        arguments: TestDatabase.engines)
    func closing(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        let outcomes = await withTaskGroup(of: (number: Int, error: (any Error)?).self) { group in
            for number in 0..<300 {
                group.addTask {
                    do {
                        // In the middle of them.
                        if number == 150 { await numbers.engine.close() }
                        try await numbers.insert(number)
                        return (number, nil)
                    } catch {
                        return (number, error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for case (_, let error?) in outcomes { #expect(error as? StoreError == .closed) }
        await #expect(throws: StoreError.closed) { try await numbers.insert(1_000) }
        await #expect(throws: StoreError.closed) { _ = try await numbers.all }
        let reopened = try numbers.database.open()
        let done = outcomes.filter { $0.error == nil }.map(\.number).sorted()
        #expect(try await reopened.read { try NumbersTable.all(in: $0) } == done)
        #expect(!done.contains(150))
        await reopened.close()
    }
}
