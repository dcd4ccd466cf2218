import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("A copy of the whole installation", .timeLimit(.minutes(3)))
struct InstallationCopyTests {
    /// More rows than are read at once, and not a multiple of those that are added at once.
    private static let many = 2 * StoreLimits.copiedRows + 103

    private func copy(
        _ source: DatabaseLocation, _ destination: DatabaseLocation, key: [UInt8] = SampleInstallation.masterKey
    ) throws -> [InstallationCopy.Table] {
        try InstallationCopy.copy(source, to: destination, masterKey: .fixed(key), noting: SampleInstallation.event)
    }

    /// The rows of each table that only one of two files has.
    private func differences(_ first: String, _ second: String) throws -> [String: Int64] {
        let db = try SQLiteConnection(path: first, role: .reader)
        defer { db.close() }
        try db.execute("ATTACH '\(second)' AS other")
        var differences: [String: Int64] = [:]
        for table in TableSchema.all {
            let name = SQL(stringLiteral: table.name)
            let columns = table.columns.dropFirst().reduce(SQL(stringLiteral: table.columns[0].name)) {
                $0 + "," + SQL(stringLiteral: $1.name)
            }
            let (ours, theirs): (SQL, SQL) = (
                "SELECT" + columns + "FROM main ." + name, "SELECT" + columns + "FROM other ." + name
            )
            for query in [ours + "EXCEPT" + theirs, theirs + "EXCEPT" + ours] {
                let count = try db.row("SELECT COUNT(*) FROM (" + query + ")", []) { try $0.integer(0) } ?? -1
                if count != 0 { differences["\(table.name)", default: 0] += count }
            }
        }
        return differences
    }

    private func lastNumbers(_ path: String) throws -> [Int64] {
        let db = try SQLiteConnection(path: path, role: .reader)
        defer { db.close() }
        // The ids of keys are drawn, not counted.
        return try TableSchema.all.filter { $0.rowIDSequence == .databaseOnce && "\($0.name)" != "wrapped_keys" }
            .map { try db.lastRowID(of: $0) }
    }

    /// Tables whose rows a copy adds to.
    private static let audit = ["audit_entries", "audit_head"]

    private func withoutAudit(_ tables: [InstallationCopy.Table]) -> [InstallationCopy.Table] {
        tables.filter { !InstallationCopyTests.audit.contains($0.name) }
    }

    /// Looks into what was copied through `places`, one after the other, into the last file.
    private func check(_ path: String, copiedFrom source: String, times: Int64) async throws {
        // A line for each copy.
        #expect(try differences(source, path) == ["audit_entries": times])
        #expect(try lastNumbers(path) == lastNumbers(source))
        #expect(try lastNumbers(path).allSatisfy { $0 > 0 })
        let engine = try SQLiteEngine(path: path, readingThreads: 1, notifier: ChangeNotifier())
        let store = try await Store(
            engine: engine, masterKey: .fixed(SampleInstallation.masterKey), now: SampleInstallation.now)
        let lines = try await store.systemRead { try $0.newestAuditEntries(AuditFilter(), limit: Int(times) + 2) }
        let actions = lines.map { $0.entry?.event.action }
        let copied = [AuditAction?](repeating: .installationCopied, count: Int(times))
        #expect(actions == [.epochBegun] + copied + [.serverStarted])
        #expect(try await !store.incarnation().isFirst)
        // The number of a deleted patient is not used again.
        let last = try #require(try lastNumbers(source).max())
        let patient = try await engine.write { db in
            try db.row(
                """
                INSERT INTO patients (tenant_id, uuid, created_at, updated_at, change_sequence)
                VALUES (1, 'new', 0, 0, 0) RETURNING id
                """, []
            ) { try $0.integer(0) }
        }
        #expect(patient == last + 1)
        await store.close()
    }

    @Test("From a SQLite file to another every row, value and counter is the same")
    func betweenFiles() async throws {
        let (source, second) = (
            try await SampleInstallation.make(rows: InstallationCopyTests.many), SampleInstallation.newPath()
        )
        let tables = try copy(.file(source), .file(second))
        #expect(tables.map(\.name) == TableSchema.all.map { "\($0.name)" })
        #expect(tables.first { $0.name == "setup_tokens" }?.rows == InstallationCopyTests.many)
        #expect(tables.first { $0.name == "webhook_attempts" }?.rows == 0)
        let mode = try FileManager.default.attributesOfItem(atPath: second)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let third = SampleInstallation.newPath()
        let again = try copy(.file(second), .file(third))
        #expect(withoutAudit(again) == withoutAudit(tables))
        try await check(third, copiedFrom: source, times: 2)
    }

    #if PostgreSQL
    @Test(
        "To PostgreSQL and back every row, value and counter is the same", .enabled(if: TestDatabase.isPostgreSQL))
    func roundTrip() async throws {
        let source = try await SampleInstallation.make(rows: InstallationCopyTests.many)
        let (there, further) = (try TestDatabase.newURL(), try TestDatabase.newURL())
        let (first, second) = (try copy(.file(source), .server(url: there)), SampleInstallation.newPath())
        let moved = try copy(.server(url: there), .server(url: further))
        let back = try copy(.server(url: further), .file(second))
        #expect(withoutAudit(first) == withoutAudit(moved))
        #expect(withoutAudit(first) == withoutAudit(back))

        // Numbers continue after those of the original, also in a table for which SQLite stores no sequence.
        let engine = try PostgreSQLEngine(
            url: further, pool: ConnectionPoolSize(connections: 5), notifier: ChangeNotifier())
        let numbers = try await engine.write { db in
            [
                try db.row(
                    """
                    INSERT INTO patients (tenant_id, uuid, created_at, updated_at, change_sequence)
                    VALUES (1, 'new', 0, 0, 0) RETURNING id
                    """, []
                ) { try $0.integer(0) },
                try db.row(
                    """
                    INSERT INTO credentials (tenant_id, client_id, secret_hash, name, created_at)
                    VALUES (1, 'new', '', '', 0) RETURNING id
                    """, []
                ) { try $0.integer(0) },
            ]
        }
        await engine.close()
        #expect(numbers == [Int64(InstallationCopyTests.many + 1), Int64(InstallationCopyTests.many + 1)])
        try await check(second, copiedFrom: source, times: 3)
    }

    @Test("A PostgreSQL database that has tables is refused and left alone", .enabled(if: TestDatabase.isPostgreSQL))
    func occupied() async throws {
        let (source, url) = (try await SampleInstallation.make(), try TestDatabase.newURL())
        _ = try copy(.file(source), .server(url: url))
        #expect(throws: CopyError.occupied) { _ = try copy(.file(source), .server(url: url)) }
        let again = try copy(.server(url: url), .file(SampleInstallation.newPath()))
        #expect(again.first { $0.name == "audit_entries" }?.rows == 21)
    }
    #endif

    // MARK: Refusals

    /// A directory for a copy that is not to be made.
    private func emptyDirectory() throws -> URL {
        let directory = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory
    }

    private func expect(_ refusal: some Error & Equatable, of source: String, key: [UInt8]? = nil) throws {
        let directory = try emptyDirectory()
        #expect(throws: refusal) {
            _ = try copy(
                .file(source), .file(directory.appending(path: "copy.sqlite").path),
                key: key ?? SampleInstallation.masterKey)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }

    @Test("A source that is no installation of this version with this key is refused, and nothing is made")
    func refusals() async throws {
        let missing = SampleInstallation.newPath()
        try expect(CopyError.nothing(missing), of: missing)
        let source = try await SampleInstallation.make()
        try expect(StoreError.wrongMasterKey, of: source, key: [UInt8](repeating: 2, count: 32))

        let other = SampleInstallation.newPath()
        let strange = try SQLiteConnection(path: other, role: .writer)
        try strange.execute("CREATE TABLE orders (id INTEGER)")
        strange.close()
        try expect(CopyError.strange, of: other)

        let known = Migrations.steps.count
        for (version, refusal) in [
            (known - 1, CopyError.older(version: known - 1, known: known)), (known, CopyError.strange),
        ] {
            let path = SampleInstallation.newPath()
            let engine = try SQLiteEngine(path: path, readingThreads: 1, notifier: ChangeNotifier())
            try await Migrations.apply(to: engine, upTo: version)
            await engine.close()
            try expect(refusal, of: path)
        }
        let newer = try SQLiteConnection(path: source, role: .writer)
        try newer.run("INSERT INTO schema_versions (version) VALUES ($1)", [SQLValue(known + 1)])
        newer.close()
        try expect(StoreError.newerDatabase(found: known + 1, known: known), of: source)
    }

    @Test("A damaged file and an existing destination are refused")
    func damaged() async throws {
        let source = try await SampleInstallation.make(rows: 200)
        let taken = SampleInstallation.newPath()
        try Data("mine".utf8).write(to: URL(filePath: taken))
        #expect(throws: CopyError.taken(taken)) { _ = try copy(.file(source), .file(taken)) }
        #expect(try Data(contentsOf: URL(filePath: taken)) == Data("mine".utf8))

        var bytes = try Data(contentsOf: URL(filePath: source))
        let middle = bytes.count / 2
        bytes.replaceSubrange(middle..<bytes.count, with: Data(repeating: 0x41, count: bytes.count - middle))
        try bytes.write(to: URL(filePath: source))
        let directory = try emptyDirectory()
        #expect(throws: StoreError.self) {
            _ = try copy(.file(source), .file(directory.appending(path: "copy.sqlite").path))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }

    @Test("A value that is stored differently is noticed, and the copy is not made")
    func different() async throws {
        let source = try await SampleInstallation.make()
        let original = try SQLiteConnection(path: source, role: .original)
        let copy = try SQLiteConnection(path: SampleInstallation.newPath(), role: .writer)
        for change in [ForgetfulConnection.Change.value, .row, .counter] {
            #expect(throws: CopyError.different(table: "patients")) {
                _ = try InstallationCopy.copy(
                    original, to: ForgetfulConnection(copy, change),
                    masterKey: .fixed(SampleInstallation.masterKey), noting: SampleInstallation.event)
            }
            #expect(try !copy.hasTables())
        }
        _ = try InstallationCopy.copy(
            original, to: copy, masterKey: .fixed(SampleInstallation.masterKey), noting: SampleInstallation.event)
        #expect(try copy.hasTables())
        copy.close()
        original.close()
    }
}

/// A destination that stores altered patients.
private final class ForgetfulConnection: CopiedConnection {
    enum Change {
        case value
        case row
        case counter
    }

    private let connection: SQLiteConnection
    private let change: Change

    init(_ connection: SQLiteConnection, _ change: Change) {
        self.connection = connection
        self.change = change
    }

    func run(_ sql: SQL, _ binds: [SQLValue]) throws -> Int {
        guard sql.text.hasPrefix("INSERT INTO patients "), change != .counter else {
            return try connection.run(sql, binds)
        }
        if change == .row, binds.first == 7 { return 1 }
        return try connection.run(sql, binds.map { $0 == "Zoë 雪 9" ? "Zoe 雪 9" : $0 })
    }

    func forEachRow(of sql: SQL, _ binds: [SQLValue], _ visit: (any SQLRow) throws -> Void) throws {
        try connection.forEachRow(of: sql, binds, visit)
    }

    func setLastRowID(_ number: Int64, of table: TableSchema) throws {
        let isForgotten = change == .counter && "\(table.name)" == "patients"
        try connection.setLastRowID(isForgotten ? number - 1 : number, of: table)
    }

    func send(_ sql: SQL, _ binds: [SQLValue]) throws { try connection.send(sql, binds) }

    var effects: AfterCommitEffects {
        get { connection.effects }
        set { connection.effects = newValue }
    }

    var deadline: ContinuousClock.Instant? {
        get { connection.deadline }
        set { connection.deadline = newValue }
    }

    var isLockedOut: Bool { connection.isLockedOut }
    var isInstallationLockedOut: Bool { connection.isInstallationLockedOut }
    var hasCheckedOrigin: Bool {
        get { connection.hasCheckedOrigin }
        set { connection.hasCheckedOrigin = newValue }
    }

    func origin() throws -> String { try connection.origin() }
    var isRetryable: Bool { connection.isRetryable }
    var isIdle: Bool { connection.isIdle }
    func beginReading() throws { try connection.beginReading() }
    func endReading() throws { try connection.endReading() }
    func beginWriting(_ scopes: Set<WriteScope>) throws -> Set<WriteScope> { try connection.beginWriting(scopes) }
    func lockAuditLog() throws { try connection.lockAuditLog() }
    func flush() throws { try connection.flush() }
    func savepoint() throws { try connection.savepoint() }
    func release() throws { try connection.release() }
    func rollBackToSavepoint() throws { try connection.rollBackToSavepoint() }
    func commit() throws { try connection.commit() }
    func rollBack() throws { try connection.rollBack() }
    func close() { connection.close() }
    func hasTables() throws -> Bool { try connection.hasTables() }
    func checkIntegrity() throws { try connection.checkIntegrity() }
    func lastRowID(of table: TableSchema) throws -> Int64 { try connection.lastRowID(of: table) }
}
