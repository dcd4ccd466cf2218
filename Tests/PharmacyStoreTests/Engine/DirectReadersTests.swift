import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Reads on their callers' threads", .timeLimit(.minutes(2)))
struct DirectReadersTests {
    private func readers(_ count: Int) async throws -> (DirectReaders, any SQLEngine) {
        let database = try TestDatabase(on: .sqlite)
        let engine = try database.open()
        try await engine.write { db in
            try db.run("CREATE TABLE numbers (number INTEGER) STRICT", [])
            try db.run("INSERT INTO numbers VALUES (7)", [])
        }
        return (
            try DirectReaders(count) { try SQLiteConnection(path: database.location, role: .directReader) }, engine
        )
    }

    private static func number(_ db: any SQLConnection) throws -> Int64? {
        try db.row("SELECT number FROM numbers", []) { try $0.integer(0) }
    }

    @Test("A read has a connection of its own; without a free one it is left to the pool")
    func busy() async throws {
        let (readers, engine) = try await readers(1)
        let outer = try readers.run { db in
            #expect(try readers.run(Self.number) == nil)
            return try Self.number(db)
        }
        #expect(outer == 7)
        #expect(try readers.run(Self.number) == 7)
        let (none, other) = try await self.readers(0)
        #expect(try none.run(Self.number) == nil)
        for engine in [engine, other] { await engine.close() }
    }

    @Test("A read that finds itself long is left to the pool, which runs it whole")
    func long() async throws {
        let (readers, engine) = try await readers(1)
        let read: @Sendable (any SQLConnection) throws -> Int64? = { db in
            let number = try Self.number(db)
            if db.isOnCallersThread { throw LongRead() }
            return number
        }
        for _ in 0..<2 { #expect(try readers.run(read) == nil) }
        #expect(try readers.run(Self.number) == 7)
        #expect(try await engine.readRecord(for: TenantID(UUID()), read) == 7)
        await engine.close()
    }

    @Test("A failure gives the connection back, without an open transaction")
    func failure() async throws {
        let (readers, engine) = try await readers(1)
        for _ in 0..<3 {
            #expect(throws: StoreError.self) { _ = try readers.run { try $0.run("SELECT nothing FROM nowhere", []) } }
        }
        _ = try await engine.write { db in try db.run("UPDATE numbers SET number = 8", []) }
        #expect(try readers.run(Self.number) == 8)
        await engine.close()
    }

    @Test("Closed readers read nothing; one that is in use ends first")
    func closed() async throws {
        let (readers, engine) = try await readers(2)
        let number = try readers.run { db in
            readers.close()
            return try Self.number(db)
        }
        #expect(number == 7)
        #expect(try readers.run(Self.number) == nil)
        await engine.close()
    }
}
