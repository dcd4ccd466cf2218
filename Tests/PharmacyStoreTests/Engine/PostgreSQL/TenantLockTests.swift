#if PostgreSQL
import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Synchronization
import Testing

@testable import PharmacyStore

@Suite("Locks of tenants on PostgreSQL", .enabled(if: TestDatabase.isPostgreSQL), .timeLimit(.minutes(3)))
struct TenantLockTests {
    private let url: String
    private let tenants = [TenantID(UUID()), TenantID(UUID())]

    init() throws { url = try TestDatabase.newURL() }

    /// With one connection that writes tenants' records.
    private func engine() throws -> PostgreSQLEngine {
        try PostgreSQLEngine(url: url, pool: ConnectionPoolSize(connections: 5), notifier: ChangeNotifier())
    }

    private func table(_ engine: PostgreSQLEngine) async throws {
        try await engine.write {
            _ = try $0.run("CREATE TABLE numbers (id INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT", [])
        }
    }

    private func insert(_ number: Int, as scope: WriteScope, on engine: PostgreSQLEngine) async throws {
        try await engine.write(scope) {
            _ = try $0.run("INSERT INTO numbers (id, n) VALUES ($1, $1)", [SQLValue(number)])
        }
    }

    private func numbers(_ engine: PostgreSQLEngine) async throws -> [Int64] {
        try await engine.read { try $0.rows("SELECT n FROM numbers ORDER BY n", []) { try $0.integer(0) } }
    }

    @Test("A tenant's lock that another node holds delays only that tenant's writes")
    func heldElsewhere() async throws {
        let (engine, other) = (try engine(), try engine())
        try await table(engine)
        let held = HeldTransaction()
        async let holding: Void = other.write(.tenant(tenants[0])) { try held.hold($0) }
        await held.untilOpen()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask { try await insert(number, as: .tenant(tenants[0]), on: engine) }
            }
            // In sum longer than the other tenant's writes may wait, and concurrently with them.
            for round in 0..<5 {
                try await withThrowingTaskGroup(of: Void.self) { others in
                    for number in 0..<20 {
                        let scope = number.isMultiple(of: 4) ? WriteScope.log : .tenant(tenants[1])
                        others.addTask { try await insert(100 * (round + 1) + number, as: scope, on: engine) }
                    }
                    try await others.waitForAll()
                }
            }
            #expect(try await numbers(engine).count == 100, "the held tenant's are not among them")
            held.release()
            try await group.waitForAll()
        }
        try await holding
        #expect(try await numbers(engine).prefix(20) == Array(0..<20)[...])
        await engine.close()
        await other.close()
    }

    @Test("A write whose tenant stays locked is refused in time, without any effect")
    func refusal() async throws {
        let (engine, other) = (try engine(), try engine())
        try await table(engine)
        let held = HeldTransaction()
        async let holding: Void = other.write(.tenant(tenants[0])) { try held.hold($0) }
        await held.untilOpen()
        await #expect(throws: StoreError.self) {
            try await TransactionTimeLimit.$current.withValue(.milliseconds(300)) {
                try await insert(1, as: .tenant(tenants[0]), on: engine)
            }
        }
        try await insert(2, as: .tenant(tenants[1]), on: engine)
        held.release()
        try await holding
        try await insert(3, as: .tenant(tenants[0]), on: engine)
        #expect(try await numbers(engine) == [2, 3])
        await engine.close()
        await other.close()
    }

    @Test("A write that must run alone does not delay the others while it waits for one of them")
    func everything() async throws {
        let (engine, other) = (try engine(), try engine())
        try await table(engine)
        let held = HeldTransaction()
        async let holding: Void = other.write(.tenant(tenants[0])) { try held.hold($0) }
        await held.untilOpen()
        async let waiting: Void = insert(1, as: .everything, on: engine)
        for number in 2..<20 { try await insert(number, as: .tenant(tenants[1]), on: engine) }
        #expect(try await numbers(engine) == Array(2..<20))
        held.release()
        _ = try await (holding, waiting)
        #expect(try await numbers(engine) == Array(1..<20))
        await engine.close()
        await other.close()
    }

    @Test("Two nodes that constantly write one tenant's records both have their turn")
    func contention() async throws {
        let (engine, other) = (try engine(), try engine())
        try await table(engine)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    try await insert(number, as: .tenant(tenants[0]), on: number.isMultiple(of: 2) ? engine : other)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await numbers(engine) == Array(0..<200))
        await engine.close()
        await other.close()
    }
}
#endif
