internal import CSQLite
internal import Glibc
internal import PharmacyDomain

/// One connection to a SQLite file with its prepared statements. Used by one thread at a time.
final class SQLiteConnection: TransactionalConnection {
    enum Role {
        case writer
        case reader
        /// Reads on the threads of its callers.
        case directReader
        /// Maintains the write-ahead file.
        case upkeep
        /// Reads the whole database for a copy, and never writes.
        case original
        /// Writes a copy to an existing file.
        case copy
        /// Reads a database without changing any of its files, by `SQLiteFile.readOnlyName`.
        case inspected
    }

    private let path: String
    private let handle: OpaquePointer
    private var statements = BoundedCache<SQL.Key, OpaquePointer>(capacity: StoreLimits.cachedStatements)
    var effects = AfterCommitEffects()
    /// SQLite does not use it: waits for a file are short.
    var deadline: ContinuousClock.Instant?
    var hasCheckedOrigin = false
    let isOnCallersThread: Bool

    /// The settings of SQLite itself, made once before the first connection.
    private static let settings: Void = up_sqlite_count_no_memory()

    init(path: String, role: Role) throws {
        self.path = path
        isOnCallersThread = role == .directReader
        _ = SQLiteConnection.settings
        var opened: OpaquePointer?
        let flags =
            (role == .original || role == .inspected ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE)
            | (role == .writer ? SQLITE_OPEN_CREATE : 0) | (role == .inspected ? SQLITE_OPEN_URI : 0)
            | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            // SQLite returns no handle only where the process is out of memory.
            let error = SQLiteFault.error(
                opened.map(sqlite3_extended_errcode) ?? SQLITE_NOMEM,
                message: opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory",
                systemError: opened.map(sqlite3_system_errno) ?? 0)
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
        let timeout = role == .upkeep ? StoreLimits.checkpointBusyTimeout : StoreLimits.busyTimeout
        sqlite3_busy_timeout(handle, Int32(timeout.milliseconds))
        do {
            try configure(role)
        } catch {
            close()
            throw error
        }
    }

    private func configure(_ role: Role) throws {
        switch role {
        case .writer:
            try execute("PRAGMA journal_mode = WAL")
            // NORMAL, which is common with WAL, loses the last commits in a power failure.
            try execute("PRAGMA synchronous = FULL")
            try execute("PRAGMA foreign_keys = ON")
            try execute("PRAGMA secure_delete = ON")
            // Otherwise the write-ahead file stays as large as it ever was.
            try execute("PRAGMA journal_size_limit = \(StoreLimits.logBytes)")
        case .reader, .directReader:
            try execute("PRAGMA query_only = ON")
        case .upkeep:
            try execute("PRAGMA synchronous = FULL")
            return
        case .original, .copy, .inspected: return
        }
        try execute("PRAGMA temp_store = MEMORY")
        try execute("PRAGMA cache_size = -16384")
        try execute("PRAGMA mmap_size = 268435456")
    }

    func close() {
        for statement in statements.values { sqlite3_finalize(statement) }
        statements.removeAll()
        sqlite3_close_v2(handle)
    }

    func beginReading() throws { try run("BEGIN", []) }
    func endReading() throws { try commit() }

    func beginWriting(_ scopes: Set<WriteScope>) throws -> Set<WriteScope> {
        try run("BEGIN IMMEDIATE", [])
        return []
    }

    func lockAuditLog() throws {}
    func flush() throws {}
    func savepoint() throws { try run("SAVEPOINT one", []) }
    func release() throws { try run("RELEASE one", []) }

    func rollBackToSavepoint() throws {
        try run("ROLLBACK TO one", [])
        try release()
    }

    func commit() throws { try run("COMMIT", []) }
    func rollBack() throws { try run("ROLLBACK", []) }

    var isIdle: Bool { sqlite3_get_autocommit(handle) != 0 }

    func origin() throws -> String { try SQLiteFileIdentity.text(of: path) }

    /// Writers of one process run one after the other, so no transaction has to be repeated.
    var isRetryable: Bool { false }
    var isLockedOut: Bool { false }
    var isInstallationLockedOut: Bool { false }

    /// Runs statements without binds or rows, such as pragmas.
    func execute(_ text: String) throws {
        errno = 0
        let code = sqlite3_exec(handle, text, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// Writes as much of the write-ahead file into the database file as possible without delaying readers or writers.
    func checkpointPassively() throws {
        _ = try rows("PRAGMA wal_checkpoint(PASSIVE)", []) { _ in true }
    }

    /// Empties the write-ahead file.
    /// - Returns: `false` where it is in use.
    func truncateLog() throws -> Bool {
        try row("PRAGMA wal_checkpoint(TRUNCATE)", []) { try $0.integer(0) } == 0
    }

    /// Copies the whole database as it is at one point in time (SQLite documentation, Online Backup API). The copy is one step, which
    /// delays no writer in WAL mode.
    func copyPages(to other: SQLiteConnection) throws {
        errno = 0
        guard let backup = sqlite3_backup_init(other.handle, "main", handle, "main") else {
            throw other.failure(sqlite3_errcode(other.handle))
        }
        let code = sqlite3_backup_step(backup, -1)
        let end = sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, end == SQLITE_OK else { throw other.failure(code == SQLITE_DONE ? end : code) }
    }

    func send(_ sql: SQL, _ binds: [SQLValue]) throws { try run(sql, binds) }

    @discardableResult
    func run(_ sql: SQL, _ binds: [SQLValue]) throws -> Int {
        try forEachRow(of: sql, binds) { _ in }
        return Int(sqlite3_changes(handle))
    }

    func forEachRow(of sql: SQL, _ binds: [SQLValue], _ visit: (any SQLRow) throws -> Void) throws {
        if sql.isForPostgreSQLAlone { return }
        let statement = try prepare(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        guard Int(sqlite3_bind_parameter_count(statement)) == binds.count else {
            throw StoreError.broken("a statement has another number of binds")
        }
        for (index, value) in binds.enumerated() { try bind(value, at: Int32(index + 1), of: statement) }
        let row = SQLiteRow(statement: statement)
        while true {
            errno = 0
            let code = sqlite3_step(statement)
            switch code {
            case SQLITE_ROW: try visit(row)
            case SQLITE_DONE: return
            default: throw failure(code)
            }
        }
    }

    private func prepare(_ sql: SQL) throws -> OpaquePointer {
        if let statement = statements[sql.key] { return statement }
        var prepared: OpaquePointer?
        errno = 0
        let code = sqlite3_prepare_v3(
            handle, SQLiteDialect.render(sql), -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw failure(code) }
        for oldest in statements.insert(prepared, for: sql.key) { sqlite3_finalize(oldest) }
        return prepared
    }

    private func bind(_ value: SQLValue, at index: Int32, of statement: OpaquePointer) throws {
        /// `SQLITE_TRANSIENT`: SQLite copies the value.
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let code =
            switch value {
            case .null: sqlite3_bind_null(statement, index)
            case .integer(let number): sqlite3_bind_int64(statement, index, number)
            case .text(let text): sqlite3_bind_text(statement, index, text, Int32(text.utf8.count), transient)
            case .blob(let bytes):
                bytes.isEmpty
                    ? sqlite3_bind_zeroblob(statement, index, 0)
                    : sqlite3_bind_blob(statement, index, bytes, Int32(bytes.count), transient)
            }
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// - Parameter code: the result of a call before which `errno` was set to 0. SQLite's own record of the system's error
    ///   (`sqlite3_system_errno`) does not cover commits, and may be that of an earlier call.
    private func failure(_ code: Int32) -> StoreError {
        let reason = errno
        return SQLiteFault.error(
            code, message: String(cString: sqlite3_errmsg(handle)),
            systemError: reason != 0 ? reason : sqlite3_system_errno(handle))
    }
}
