import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("The epoch of a store", .timeLimit(.minutes(3)))
struct StoreIncarnationTests {
    private let now = Timestamp(milliseconds: 1_700_000_000_000)
    private let key = [UInt8](repeating: 7, count: 32)

    /// Opens a database for the duration of `body`.
    private func withStore<Value>(
        _ engine: any SQLEngine, seen: IncarnationMark? = nil, _ body: (Store) async throws -> Value
    ) async throws -> Value {
        do {
            let store = try await Store(engine: engine, masterKey: .fixed(key), now: now, seen: seen)
            let value = try await body(store)
            await engine.close()
            return value
        } catch {
            await engine.close()
            throw error
        }
    }

    private func begun(_ store: Store) async throws -> [[String]] {
        var filter = AuditFilter()
        filter.action = .epochBegun
        let wanted = filter
        return try await store.systemRead {
            try $0.auditEntries(wanted, after: 0, limit: 10).compactMap(\.entry?.event.subjects)
        }
    }

    @Test(
        "A database that is opened again at the same place continues its first epoch", arguments: TestDatabase.engines)
    func same(engine: TestDatabase.Engine) async throws {
        let database = try TestDatabase(on: engine)
        let first = try await withStore(database.open()) { store in
            #expect(!store.hasBegunEpoch)
            return try await store.incarnation()
        }
        #expect(first.isFirst && first.since == now && first.origin != nil)
        try await withStore(database.open()) { store async throws in
            #expect(!store.hasBegunEpoch)
            #expect(store.openedEpoch == first.epoch)
            #expect(try await store.incarnation() == first)
            #expect(try await begun(store) == [])
        }
    }

    @Test(
        "A moved database begins one epoch, in the transaction of its audit entry",
        arguments: TestDatabase.engines)
    func moved(engine: TestDatabase.Engine) async throws {
        let database = try TestDatabase(on: engine)
        let first = try await withStore(database.open()) { store in
            try await store.systemWrite { try $0.db.send("UPDATE incarnation SET origin = 'elsewhere'", []) }
            return try await store.incarnation()
        }
        let notifier = ChangeNotifier()
        let second = try await withStore(database.open(notifier: notifier)) { store in
            #expect(store.hasBegunEpoch)
            for channel in [StoreChannel.incarnation, .tenants, .revocations] { await notifier.wait(for: channel) }
            return try await store.incarnation()
        }
        #expect(second.epoch != first.epoch && !second.isFirst && second.since > first.since)
        try await withStore(database.open()) { store async throws in
            #expect(!store.hasBegunEpoch)
            #expect(try await store.incarnation() == second)
            #expect(try await begun(store) == [[second.epoch.description, first.epoch.description]])
        }
    }

    @Test(
        "A database that is behind its mark begins an epoch, and one that is ahead does not",
        arguments: TestDatabase.engines)
    func setBack(engine: TestDatabase.Engine) async throws {
        let database = try TestDatabase(on: engine)
        let seen = try await withStore(database.open()) { store in
            try await store.systemWrite(.log) { $0.audit(.serverStarted, [], at: now) }
            return try await store.lookAtIncarnation()
        }
        #expect(seen.sequence == 1)
        let ahead = IncarnationMark(epoch: seen.epoch, since: seen.since, sequence: 2, origin: seen.origin)
        try await withStore(database.open(), seen: seen) { #expect(!$0.hasBegunEpoch) }
        let next = try await withStore(database.open(), seen: ahead) { store in
            #expect(store.hasBegunEpoch)
            return store.openedEpoch
        }
        #expect(next != seen.epoch)
        // The mark is of the previous epoch now, and has no effect.
        try await withStore(database.open(), seen: ahead) { store async throws in
            #expect(!store.hasBegunEpoch)
            #expect(store.openedEpoch == next)
        }
    }

    @Test(
        "A database of an earlier version begins its first epoch, unless a mark shows one",
        arguments: TestDatabase.engines, [false, true])
    func migrated(engine: TestDatabase.Engine, wasSeen: Bool) async throws {
        let opened = try TestDatabase(on: engine).open()
        try await Migrations.apply(to: opened, upTo: 10)
        let seen = IncarnationMark(epoch: Epoch(1), since: now, sequence: 9, origin: "here")
        try await withStore(opened, seen: wasSeen ? seen : nil) { store async throws in
            #expect(try await store.incarnation().isFirst != wasSeen)
            #expect(store.hasBegunEpoch == wasSeen)
            #expect(try await begun(store).count == (wasSeen ? 1 : 0))
        }
    }

    @Test("The next write after a database was set back begins an epoch, even after reads")
    func lookedAtFirst() async throws {
        let database = try TestDatabase(on: .sqlite)
        let seen = try await withStore(database.open()) { try await $0.lookAtIncarnation() }
        let ahead = IncarnationMark(epoch: seen.epoch, since: seen.since, sequence: 9, origin: seen.origin)
        let store = try await Store(engine: database.open(), masterKey: .fixed(key), now: now)
        let further = IncarnationMark(
            epoch: store.openedEpoch, since: seen.since, sequence: 9, origin: seen.origin)
        #expect(store.memory.incarnations.remember(further) == further)
        #expect(try await store.lookAtIncarnation() == further)
        await store.close()
        // The next epoch begins later than the undone one, whatever the clock shows.
        let later = IncarnationMark(
            epoch: Epoch(9), since: now + .days(1), sequence: 9, origin: seen.origin)
        try await withStore(database.open(), seen: later) { store async throws in
            #expect(store.hasBegunEpoch)
            let mark = try await store.lookAtIncarnation()
            #expect(mark.since > later.since && mark.sequence < ahead.sequence)
        }
        try await withStore(database.open(), seen: later) { #expect(!$0.hasBegunEpoch) }
    }

    // MARK: Files

    @Test("A file that replaces the database begins an epoch because its identity differs")
    func replacedFile() async throws {
        let path = SampleInstallation.newPath()
        func engine() throws -> SQLiteEngine {
            try SQLiteEngine(path: path, readingThreads: 1, notifier: ChangeNotifier())
        }
        let first = try await withStore(engine()) { $0.openedEpoch }
        try FileManager.default.copyItem(atPath: path, toPath: path + ".copy")
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: path + ".copy", toPath: path)
        try await withStore(engine()) { store async throws in
            #expect(store.hasBegunEpoch && store.openedEpoch != first)
        }
    }

    /// Overwrites a file as `cp` does: its identity stays the same.
    private func overwrite(_ path: String, with copy: String) throws {
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: Data(contentsOf: URL(filePath: copy)))
        try file.close()
    }

    @Test("A copy that overwrites the database is detected by a mark that is ahead")
    func overwrittenFile() async throws {
        let path = SampleInstallation.newPath()
        func engine() throws -> SQLiteEngine {
            try SQLiteEngine(path: path, readingThreads: 1, notifier: ChangeNotifier())
        }
        let first = try await withStore(engine()) { $0.openedEpoch }
        try FileManager.default.copyItem(atPath: path, toPath: path + ".copy")
        let seen = try await withStore(engine()) { store in
            try await store.systemWrite(.log) { $0.audit(.serverStarted, [], at: now) }
            return try await store.lookAtIncarnation()
        }
        try overwrite(path, with: path + ".copy")
        try await withStore(engine(), seen: seen) { store async throws in
            #expect(store.hasBegunEpoch && store.openedEpoch != first)
        }
    }

    @Test("A backup that overwrites the database is detected without a mark")
    func overwrittenWithBackup() async throws {
        let path = SampleInstallation.newPath()
        func engine() throws -> SQLiteEngine {
            try SQLiteEngine(path: path, readingThreads: 1, notifier: ChangeNotifier())
        }
        let first = try await withStore(engine()) { $0.openedEpoch }
        try SQLiteBackup.copy(path, to: path + ".backup")
        try overwrite(path, with: path + ".backup")
        try await withStore(engine()) { store async throws in
            #expect(store.hasBegunEpoch && store.openedEpoch != first)
        }
    }

    // MARK: A server

    #if PostgreSQL
    /// Terminates all other connections to a database, as a failover does.
    private func cutConnections(_ db: any SQLConnection) throws {
        _ = try db.rows(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'united-pharmacy'
                AND pid <> pg_backend_pid() AND backend_start < now()
            """, []
        ) { try $0.integer(0) }
    }

    @Test(
        "A new connection uses the database's key for proofs, even if it is older",
        .enabled(if: TestDatabase.isPostgreSQL))
    func olderKey() async throws {
        let (url, now) = (try TestDatabase.newURL(), now)
        func engine() throws -> PostgreSQLEngine {
            try PostgreSQLEngine(url: url, pool: ConnectionPoolSize(connections: 5), notifier: ChangeNotifier())
        }
        let grant = CredentialGrant(
            tenant: "t", clientID: "c", secretHash: [1], displayName: "n", scopes: "read", createdAt: 1, revokedAt: nil)
        try await withStore(engine()) { store async throws in
            let first = store.memory.proofs.proof(of: grant)
            // Another process sets a key that counts as older than the known one.
            let stored = try await withStore(engine()) { other in
                try await other.systemWrite {
                    try $0.rotateAuthorizationKey(with: [UInt8](repeating: 3, count: 32), at: now)
                    _ = try $0.db.run("UPDATE wrapped_keys SET created_at = 0 WHERE name = 'authorization'", [])
                    try cutConnections($0.db)
                }
                return other.memory.proofs.proof(of: grant)
            }
            #expect(stored != first)
            for _ in 1...2 { try? await store.systemWrite(.log) { _ in } }
            #expect(store.memory.proofs.proof(of: grant) == stored)
        }
    }

    @Test(
        "A new connection checks the epoch in its first committed transaction",
        .enabled(if: TestDatabase.isPostgreSQL))
    func reconnected() async throws {
        struct Refused: Error {}
        let url = try TestDatabase.newURL()
        let operate = try PostgreSQLEngine(
            url: url, pool: ConnectionPoolSize(connections: 5), notifier: ChangeNotifier())
        let engine = try PostgreSQLEngine(
            url: url, pool: ConnectionPoolSize(connections: 9), notifier: ChangeNotifier())
        try await withStore(engine) { store async throws in
            for scope in [WriteScope.claims, .counters, .log] { try await store.systemWrite(scope) { _ in } }
            let first = try await store.incarnation()
            // As after a failover to another server: all connections are lost.
            try await operate.write { db in
                _ = try db.run("UPDATE incarnation SET origin = 'the server before'", [])
                try cutConnections(db)
            }
            await #expect(throws: Refused.self) {
                try await store.systemWrite(.counters) { scope in
                    // The connection is lost, and made again.
                    _ = try scope.db.rows("SELECT 1", []) { try $0.integer(0) }
                    throw Refused()
                }
            }
            #expect(try await store.incarnation().epoch == first.epoch)
            // Several connections at once, each with its first transaction.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for scope in [WriteScope.claims, .counters, .log] {
                    group.addTask { try await store.systemWrite(scope) { _ in } }
                }
                try await group.waitForAll()
            }
            let second = try await store.incarnation()
            #expect(second.epoch != first.epoch && second.origin == first.origin)
            #expect(try await begun(store) == [[second.epoch.description, first.epoch.description]])
        }
        await operate.close()
    }

    @Test("A copy of a database has another origin", .enabled(if: TestDatabase.isPostgreSQL))
    func template() async throws {
        let url = try TestDatabase.newURL()
        func open(_ url: String) throws -> PostgreSQLEngine {
            try PostgreSQLEngine(url: url, pool: ConnectionPoolSize(connections: 5), notifier: ChangeNotifier())
        }
        let first = try await withStore(open(url)) { $0.openedEpoch }
        let copy = try TestDatabase.copy(of: url)
        try await withStore(open(copy)) { store async throws in
            #expect(store.hasBegunEpoch && store.openedEpoch != first)
        }
        try await withStore(open(url)) { #expect($0.openedEpoch == first) }
    }
    #endif
}
