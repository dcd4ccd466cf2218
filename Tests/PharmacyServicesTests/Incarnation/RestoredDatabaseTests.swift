import Foundation
import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("A database that was set back", .timeLimit(.minutes(3)))
struct RestoredDatabaseTests {
    /// A database that is backed up and restored while it is closed.
    private final class Fixture: Sendable {
        /// Of a SQLite file, or a PostgreSQL database's URL.
        private let place: Mutex<String>
        let time = ManualClock()

        init() throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString).sqlite").path
            place = Mutex(TestDatabase.isPostgreSQL ? try TestDatabase.newURL() : file)
        }

        /// Opens the database for the duration of `body`.
        @discardableResult
        func open<Value>(_ body: (TestInstallation) async throws -> Value) async throws -> Value {
            let place = place.withLock(\.self)
            let installation =
                TestDatabase.isPostgreSQL
                ? try await TestInstallation(time: time, sharing: place)
                : try await TestInstallation(time: time) {
                    try SQLiteEngine(path: place, readingThreads: 2, notifier: $0)
                }
            do {
                let value = try await body(installation)
                await installation.close()
                return value
            } catch {
                await installation.close()
                throw error
            }
        }

        /// - Returns: a function that replaces the database with its present state.
        func backup() throws -> () throws -> Void {
            let original = place.withLock(\.self)
            if TestDatabase.isPostgreSQL {
                let copy = try TestDatabase.copy(of: original)
                return { [self] in place.withLock { $0 = copy } }
            }
            let copy = original + ".backup"
            try SQLiteBackup.copy(original, to: copy)
            return {
                try FileManager.default.removeItem(atPath: original)
                try FileManager.default.copyItem(atPath: copy, toPath: original)
            }
        }
    }

    /// The mark that a watch has recorded.
    private final class Marks: Sendable {
        private let marks = Mutex<[IncarnationMark]>([])

        var all: [IncarnationMark] { marks.withLock(\.self) }
        func append(_ mark: IncarnationMark) { marks.withLock { $0.append(mark) } }
    }

    /// The ids of the events after a cursor, whatever the pages, and the cursor after them.
    private func read(
        _ installation: TestInstallation, after start: EventCursor? = nil
    ) async throws -> (ids: [String], next: EventCursor) {
        var ids: [String] = []
        var cursor = start
        while true {
            let page = try await installation.webhooks.events(after: cursor, limit: 4, tenant: installation.tenant)
            ids += try page.payloads.compactMap { try JSON.parse($0.bytes)["id"]?.text }
            cursor = page.next
            guard page.hasMore else { return (ids, page.next) }
        }
    }

    private func place(_ count: Int, in installation: TestInstallation) async throws {
        let body = try await installation.order()
        for _ in 0..<count { _ = try await installation.place(body) }
    }

    @Test(
        "A cursor from before a restore is refused instead of skipping events, and a new start gets all",
        arguments: [(lost: 4, after: 6), (lost: 20, after: 45), (lost: 6, after: 2)])
    func cursor(lost: Int, after: Int) async throws {
        let fixture = try Fixture()
        let early = try await fixture.open { installation in
            try await place(3, in: installation)
            return try await read(installation)
        }
        let restore = try fixture.backup()
        let late = try await fixture.open { installation in
            try await place(lost, in: installation)
            return try await read(installation, after: early.next)
        }
        #expect(late.ids.count == lost)
        try restore()
        try await fixture.open { installation async throws in
            try await place(after, in: installation)
            for cursor in [early.next, late.next] {
                await #expect(throws: ServiceError.cursorExpired) {
                    _ = try await read(installation, after: cursor)
                }
            }
            let all = try await read(installation)
            #expect(all.ids.count == 3 + after)
            #expect(all.ids.starts(with: early.ids))
            #expect(Set(all.ids).isDisjoint(with: late.ids))
            let rest = try await read(installation, after: all.next)
            #expect(rest.ids.isEmpty)
            let begun = try await installation.audited(.epochBegun)
            #expect(begun.count == 1)
        }
    }

    @Test("A list cursor has expired after a restore, and stays valid when the database is opened again")
    func listCursor() async throws {
        let fixture = try Fixture()
        @Sendable func list(_ installation: TestInstallation, _ page: PageRequest) async throws -> Page<Representation>
        {
            try await installation.orders.list(OrderFilter(), page: page, tenant: installation.tenant)
        }
        let first = try await fixture.open { installation in
            try await place(3, in: installation)
            return try await list(installation, PageRequest(page: 1, perPage: 1)).next
        }
        guard case .after(let cursor) = first else {
            Issue.record("one of three orders is all")
            return
        }
        try await fixture.open { installation async throws in
            #expect(try await list(installation, PageRequest(after: cursor, perPage: 15)).items.count == 2)
        }
        try fixture.backup()()
        try await fixture.open { installation async throws in
            await #expect(throws: ServiceError.cursorExpired) {
                _ = try await list(installation, PageRequest(after: cursor, perPage: 15))
            }
            #expect(try await list(installation, PageRequest(page: 1, perPage: 15)).items.count == 3)
        }
    }

    @Test("A cursor stays valid when the database is opened again where it was")
    func reopened() async throws {
        let fixture = try Fixture()
        let cursor = try await fixture.open { installation in
            try await place(3, in: installation)
            return try await read(installation).next
        }
        try await fixture.open { installation async throws in
            try await place(2, in: installation)
            let rest = try await read(installation, after: cursor)
            #expect(rest.ids.count == 2)
        }
    }

    @Test("A cursor issued before epochs existed is valid in the first epoch, and has expired after a restore")
    func unmarkedCursor() async throws {
        let fixture = try Fixture()
        let cursor = try #require(EventCursor("ZTI"))
        #expect(cursor == EventCursor(epoch: nil, position: 2))
        try await fixture.open { installation async throws in
            try await place(5, in: installation)
            let rest = try await read(installation, after: cursor)
            #expect(rest.ids.count == 3)
            #expect(rest.next.epoch != nil)
        }
        try fixture.backup()()
        try await fixture.open { installation async throws in
            await #expect(throws: ServiceError.cursorExpired) { _ = try await read(installation, after: cursor) }
        }
    }

    @Test("A cursor of another tenant, or ahead of the feed, has expired")
    func ahead() async throws {
        let installation = try await TestInstallation()
        try await place(2, in: installation)
        let cursor = try await read(installation).next
        for cursor in [EventCursor(epoch: cursor.epoch, position: 3), EventCursor(epoch: nil, position: 9_999)] {
            await #expect(throws: ServiceError.cursorExpired) { _ = try await read(installation, after: cursor) }
        }
    }

    @Test("A cursor has expired when the retention has removed events after it, and not before")
    func retention() async throws {
        let installation = try await TestInstallation()
        let sweeper = RetentionSweeper(
            environment: installation.environment, retention: Retention(webhooks: .days(30)),
            logger: installation.logger)
        try await place(2, in: installation)
        let first = try await read(installation).next
        try await place(3, in: installation)
        let second = try await read(installation).next
        installation.time.advance(by: .days(31))
        try await place(1, in: installation)
        try await sweeper.prune()
        try await sweeper.prune()
        await #expect(throws: ServiceError.cursorExpired) { _ = try await read(installation, after: first) }
        let rest = try await read(installation, after: second)
        #expect(rest.ids.count == 1)
        let all = try await read(installation)
        #expect(all.ids == rest.ids)
    }

    // MARK: Memory

    private func search(_ installation: TestInstallation, _ email: String) async throws -> Int? {
        var filter = PatientFilter()
        filter.email = email
        return try await installation.patients.list(
            filter, page: PageRequest(page: 1, perPage: 25), tenant: installation.tenant
        ).total
    }

    /// Shifts the sequence numbers of the patients' latest changes.
    private func shiftChanges(_ installation: TestInstallation, by count: Int) async throws {
        try await installation.environment.store.systemWrite {
            // In two steps over unused numbers, because numbers must be unique at any time.
            try $0.db.send(
                "UPDATE patients SET change_sequence = -1000000 - change_sequence - CAST($1 AS BIGINT)",
                [SQLValue(count)])
            try $0.db.send("UPDATE patients SET change_sequence = -1000000 - change_sequence", [])
        }
    }

    @Test("The e-mail search finds patients created after a restore, although their numbers were used before")
    func searchInNewEpoch() async throws {
        let installation = try await TestInstallation()
        for number in 1...5 { _ = try await installation.createPatient(email: "before-\(number)@example.com") }
        try await shiftChanges(installation, by: 2)
        #expect(try await search(installation, "example.com") == 5)
        try await shiftChanges(installation, by: -2)
        try await installation.environment.store.systemWrite {
            try $0.db.send("UPDATE incarnation SET epoch = '00000000000000ff'", [])
        }
        for number in 1...3 { _ = try await installation.createPatient(email: "after-\(number)@example.com") }
        #expect(try await search(installation, "after-") == 3)
        #expect(try await search(installation, "example.com") == 8)
    }

    @Test("The e-mail search detects that it is ahead of the database")
    func searchAhead() async throws {
        let installation = try await TestInstallation()
        for number in 1...5 { _ = try await installation.createPatient(email: "before-\(number)@example.com") }
        try await shiftChanges(installation, by: 100)
        #expect(try await search(installation, "example.com") == 5)
        try await shiftChanges(installation, by: -100)
        _ = try await installation.createPatient(email: "after@example.com")
        #expect(try await search(installation, "after@") == 1)
        #expect(try await search(installation, "example.com") == 6)
    }

    @Test("A new epoch clears caches, and the position of the database is recorded")
    func watch() async throws {
        let installation = try await TestInstallation()
        let marks = Marks()
        let watch = IncarnationWatch(
            environment: installation.environment, accounts: installation.accounts, notifier: installation.notifier,
            logger: installation.logger, record: { marks.append($0) })
        _ = try await installation.createPatient()
        #expect(try await search(installation, "jane") == 1)
        let store = installation.environment.store
        try await watch.look()
        try await watch.look()
        #expect(store.indexedTenants == [installation.tenant.id])
        let first = try #require(marks.all.last)
        #expect(marks.all.count == 1)
        #expect(first.epoch == store.openedEpoch && first.sequence > 0)

        try await store.systemWrite {
            try $0.db.send("UPDATE incarnation SET epoch = '00000000000000ff', since = since + 1", [])
        }
        try await watch.look()
        #expect(store.indexedTenants == [])
        let second = try #require(marks.all.last)
        #expect(second.epoch == Epoch(0xff) && second.since > first.since)
        #expect(try await search(installation, "jane") == 1)
    }
}
