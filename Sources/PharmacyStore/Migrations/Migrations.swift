/// The numbered steps from an empty database to the newest version, each applied in one transaction. A released step is never
/// changed; changes are added as new steps.
///
/// The comment of each step names the locks that it takes on PostgreSQL, and for how long where the largest table has 10⁷ rows
/// (some 10 GB). On SQLite each step locks the file against writers while it runs; readers continue. A step gives way to other
/// users of the tables, such as a dump: it waits for its locks for `StoreLimits.migrationLockTimeout` at a time.
///
/// A step that consists only of `CREATE INDEX CONCURRENTLY IF NOT EXISTS …` runs outside a transaction and takes no lock against
/// readers or writers: a large table is indexed so. A statement that SQLite does not need is `SQL.forPostgreSQL(_:)`, and one
/// that only SQLite needs is `SQL.forSQLite(_:)`.
enum Migrations {
    static let steps: [[SQL]] = [
        // Creates tables: locks nothing that is in use.
        accounts + patients + orders + webhooks + sandbox,
        // A column with a constant default: `credentials` against all access, for milliseconds.
        credentialScopes,
        // A column; the index locks `setup_tokens`, which is small, against writers, for milliseconds.
        setupTokenExpiry,
        // Creates tables.
        audit,
        // Columns: `tenants` against all access, for milliseconds.
        webhookSecretRotation,
        // A column and a table: `tenants` against all access, for milliseconds.
        dataKeyRotation,
        // Columns and two indexes: `orders` against all access, for some 20 s; nearly all for the index of uuids.
        reports,
        // An index of few rows: `webhook_deliveries` against writers, for some 5 s, in which it is read once.
        failedDeliveries,
        // Two indexes each over the deliveries, one over the events, a look at the due deliveries: `webhook_deliveries` and
        // `webhook_endpoints` against all access, `order_events` against writers; for some 60 s.
        deliveryQueues,
        // An index each over patients and unfinished deliveries: `patients` against all access, `webhook_deliveries` against
        // writers; for some 30 s.
        severalNodes,
        // A column with a constant default: `wrapped_keys` against all access, for milliseconds.
        wrappedKeyFormat,
        // Three indexes over all rows: `patients` and `orders` against all access, for some 90 s.
        changeOrder,
        // Columns and empty indexes: `patients` and `orders` against all access, for the reading of both, some 20 s.
        sealedIdentifiers,
        // Columns, and columns of other names: `audit_entries` and `audit_head` against all access, for milliseconds.
        auditHead,
        // Columns: `tenants` and the tables of credentials and tokens against all access, while the families of tokens are
        // written again; for some minutes where there are 10⁷ of them, which is unlikely.
        grantProofs,
        grantIndexes,
        // Creates a table.
        scheduledJobs,
        // Creates tables.
        incarnation,
        // A table; a column and an index over what is due: `orders` against all access, for some seconds.
        quarantine,
        // Columns: `tenants` against all access, for milliseconds.
        erasure,
        // Settings of tables, for rows written from then on: locks only vacuum out, for milliseconds.
        storageParameters,
        // Drops indexes of few rows: `orders` against all access, for milliseconds.
        laneIndexesAlone,
        // An index of deleted patients, built outside a transaction.
        deletedPatients,
        // A column of another name: `order_events` against all access, for milliseconds.
        recordedEvents,
        // A column with a constant default: `tenants` against all access, for milliseconds.
        textKeys,
        // A column with a constant default, and one of another name; rewrites the orders that are to be dispatched: `orders`
        // against all access, for some seconds where 10⁵ of them wait.
        dispatchState,
        // Creates tables.
        requestLog,
        // Creates a table.
        sessions,
        // Creates a table.
        deliveryCounts,
        // A table and columns; drops two constraints: `order_events`, `webhook_deliveries` and `webhook_endpoints` against all
        // access, for milliseconds.
        registeredEndpoints,
        // Adds a column.
        orderLikeness,
    ]

    /// The number of steps known to the oldest program that may serve the newest version: it finds every column that it knows, with
    /// the meaning that it knows. A step that only adds something does not change the number.
    private static let oldestProgram = 30

    /// Migrates the database to a version, by default the newest.
    /// - Parameter pause: the pause before a step that gave way is tried again.
    /// - Returns: the version before the migration; 0 for a new database.
    @discardableResult
    static func apply(
        to engine: any SQLEngine, upTo newest: Int = steps.count,
        pause: @Sendable () async throws -> Void = { try await Task.sleep(for: StoreLimits.migrationPause) }
    ) async throws -> Int {
        try await TransactionTimeLimit.$current.withValue(StoreLimits.bulkStatementTimeout) {
            let before = try await engine.write { db in
                try begin(in: db)
                return try version(of: db)
            }
            repeat {
                let found = try await engine.read { try version(of: $0) }
                if found < min(newest, steps.count), isConcurrent(steps[found]) {
                    try await engine.buildIndexes(steps[found])
                }
            } while try await givingWay(pause, { try await engine.write { try step(upTo: newest, in: $0) } })
            return before
        }
    }

    /// Repeats work that found a table locked.
    private static func givingWay(
        _ pause: @Sendable () async throws -> Void, _ work: () async throws -> Bool
    ) async throws -> Bool {
        for _ in 1..<StoreLimits.migrationAttempts {
            do {
                return try await work()
            } catch StoreError.locked {
                try await pause()
            }
        }
        return try await work()
    }

    /// Whether a step only builds indexes concurrently with writers.
    static func isConcurrent(_ step: [SQL]) -> Bool {
        !step.isEmpty && step.allSatisfy { $0.text.contains("INDEX CONCURRENTLY IF NOT EXISTS") }
    }

    static func begin(in db: any SQLConnection) throws {
        try db.run("CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY) STRICT", [])
    }

    /// Applies the next step. The current version is read in the same transaction, because another node may migrate, too.
    /// - Returns: whether there may be another step.
    static func step(upTo newest: Int, in db: any SQLConnection) throws -> Bool {
        let found = try db.row("SELECT MAX(version) FROM schema_versions", []) { try $0.optionalInteger(0) } ?? nil
        let version = Int(found ?? 0)
        try checkIsKnown(version, in: db)
        guard version < newest, version < steps.count else { return false }
        try db.run(.forPostgreSQL("SET LOCAL lock_timeout = '500ms'"), [])
        for statement in steps[version] { try db.run(statement, []) }
        try db.run("INSERT INTO schema_versions (version) VALUES ($1)", [.integer(Int64(version + 1))])
        if version + 1 >= oldestProgram {
            try db.run("UPDATE schema_versions SET oldest_program = $1", [.integer(Int64(oldestProgram))])
        }
        return true
    }

    /// Checks that this program may serve a database of a version.
    /// - Throws: `StoreError.newerDatabase`.
    static func checkIsKnown(_ version: Int, in db: any SQLConnection) throws {
        guard version > steps.count else { return }
        // During a rolling update older nodes may be started again while newer ones run.
        let oldest = try db.row("SELECT MAX(oldest_program) FROM schema_versions", []) { try $0.integer(0) } ?? 0
        guard oldest <= steps.count else { throw StoreError.newerDatabase(found: version, known: steps.count) }
    }
}
