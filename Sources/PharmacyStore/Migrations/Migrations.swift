/// The numbered steps from an empty database to today's, each applied in one transaction. A step that has been released
/// is never changed; another is put behind it.
///
/// What a step says of itself below: what it locks on PostgreSQL against whom, and for how long where its largest table has
/// 10⁷ rows, some 10 GB on a machine of today. SQLite's file is locked against writers for as long as each takes, and readers
/// go on. A step gives way to whoever uses the tables, a dump for example: it asks for its locks for
/// `StoreLimits.migrationLockTimeout` at a time.
///
/// A step of nothing but `CREATE INDEX CONCURRENTLY IF NOT EXISTS …` is taken outside a transaction and locks nobody out:
/// the way to index a table that may be large. What SQLite needs not do is a statement of `SQL.forPostgreSQL(_:)`.
enum Migrations {
    static let steps: [[SQL]] = [
        // Makes tables: locks nothing that is in use.
        accounts + patients + orders + webhooks + sandbox,
        // A column with a constant default: `credentials` against everybody, for milliseconds.
        credentialScopes,
        // A column; the index locks `setup_tokens`, which is small, against writers, for milliseconds.
        setupTokenExpiry,
        // Makes tables.
        audit,
        // Columns: `tenants` against everybody, for milliseconds.
        webhookSecretRotation,
        // A column and a table: `tenants` against everybody, for milliseconds.
        dataKeyRotation,
        // Columns and two indexes: `orders` against everybody, for some 20 s; nearly all for the index of uuids.
        reports,
        // An index of few rows: `webhook_deliveries` against writers, for some 5 s, in which it is read once.
        failedDeliveries,
        // Two indexes each over the deliveries, one over the events, a look at the due deliveries: `webhook_deliveries` and
        // `webhook_endpoints` against everybody, `order_events` against writers; for some 60 s.
        deliveryQueues,
        // An index each over patients and unfinished deliveries: `patients` against everybody, `webhook_deliveries` against
        // writers; for some 30 s.
        severalNodes,
        // A column with a constant default: `wrapped_keys` against everybody, for milliseconds.
        wrappedKeyFormat,
        // Three indexes over all rows: `patients` and `orders` against everybody, for some 90 s.
        changeOrder,
        // Columns and empty indexes: `patients` and `orders` against everybody, for the reading of both, some 20 s.
        sealedIdentifiers,
        // Columns, and columns of other names: `audit_entries` and `audit_head` against everybody, for milliseconds.
        auditHead,
        // Columns: `tenants` and the tables of credentials and tokens against everybody, while the families of tokens are
        // written again; for some minutes where there are 10⁷ of them, which nobody has.
        grantProofs,
        grantIndexes,
        // Makes a table.
        scheduledJobs,
        // Makes tables.
        incarnation,
        // A table; a column and an index over what is due: `orders` against everybody, for some seconds.
        quarantine,
        // Columns: `tenants` against everybody, for milliseconds.
        erasure,
        // Settings of tables, for rows written from then on: locks out nobody but vacuum, for milliseconds.
        storageParameters,
        // Drops indexes of few rows: `orders` against everybody, for milliseconds.
        laneIndexesAlone,
        // An index of deleted patients, built outside a transaction.
        deletedPatients,
        // A column of another name: `order_events` against everybody, for milliseconds.
        recordedEvents,
        // A column with a constant default: `tenants` against everybody, for milliseconds.
        textKeys,
    ]

    /// How many steps the oldest program knows that may serve the database as the newest step leaves it: it finds every
    /// column that it knows, with the meaning it knows. What only adds leaves it as it is.
    private static let oldestProgram = 24

    /// Brings the database to a version, the newest one unless another is named.
    /// - Parameter pause: between two tries of a step that gave way.
    /// - Returns: the version that it had; 0 for a database that was new.
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

    /// Repeats what found a table in use.
    private static func givingWay(
        _ pause: @Sendable () async throws -> Void, _ work: () async throws -> Bool
    ) async throws -> Bool {
        for _ in 1..<StoreLimits.migrationTries {
            do {
                return try await work()
            } catch StoreError.locked {
                try await pause()
            }
        }
        return try await work()
    }

    /// Whether a step does nothing but build indexes without holding up those who write.
    static func isConcurrent(_ step: [SQL]) -> Bool {
        !step.isEmpty && step.allSatisfy { $0.text.contains("INDEX CONCURRENTLY IF NOT EXISTS") }
    }

    static func begin(in db: any SQLConnection) throws {
        try db.run("CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY) STRICT", [])
    }

    /// Takes the next step. What has been done is read in the same transaction: another node may be at it, too.
    /// - Returns: whether there may be another.
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

    /// Checks that this program may serve a database that has come to a version.
    /// - Throws: `StoreError.newerDatabase`.
    static func checkIsKnown(_ version: Int, in db: any SQLConnection) throws {
        guard version > steps.count else { return }
        // While nodes are replaced one after the other, older ones may be started again beside the new.
        let oldest = try db.row("SELECT MAX(oldest_program) FROM schema_versions", []) { try $0.integer(0) } ?? 0
        guard oldest <= steps.count else { throw StoreError.newerDatabase(found: version, known: steps.count) }
    }

    private static let accounts: [SQL] = [
        """
        CREATE TABLE wrapped_keys (
            id INTEGER PRIMARY KEY AUTOINCREMENT, purpose TEXT NOT NULL, name TEXT NOT NULL, wrapped BLOB NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE INDEX wrapped_keys_by_name ON wrapped_keys (purpose, name)",
        """
        CREATE TABLE tenants (
            id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
            status TEXT NOT NULL, created_at INTEGER NOT NULL, resets_at INTEGER, wipes INTEGER NOT NULL DEFAULT 0,
            data_key INTEGER NOT NULL, webhook_secret BLOB NOT NULL, change_sequence INTEGER NOT NULL DEFAULT 0,
            patient_count INTEGER NOT NULL DEFAULT 0, event_sequence INTEGER NOT NULL DEFAULT 0
        ) STRICT
        """,
        """
        CREATE TABLE setup_tokens (
            token_hash BLOB PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            created_at INTEGER NOT NULL, used_at INTEGER, revoked_at INTEGER
        ) STRICT
        """,
        """
        CREATE TABLE credentials (
            id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            client_id TEXT NOT NULL UNIQUE, secret_hash BLOB NOT NULL, name TEXT NOT NULL,
            created_at INTEGER NOT NULL, last_used_at INTEGER, revoked_at INTEGER
        ) STRICT
        """,
        "CREATE INDEX credentials_by_tenant ON credentials (tenant_id, id)",
        """
        CREATE TABLE token_families (
            id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE,
            credential_id INTEGER NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
            created_at INTEGER NOT NULL, revoked_at INTEGER
        ) STRICT
        """,
        "CREATE INDEX token_families_by_credential ON token_families (credential_id)",
        """
        CREATE TABLE refresh_tokens (
            token_hash BLOB PRIMARY KEY, family_id INTEGER NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
            expires_at INTEGER NOT NULL, used_at INTEGER
        ) STRICT
        """,
        "CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family_id)",
        "CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at)",
        """
        CREATE TABLE idempotency_records (
            id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            key_digest BLOB NOT NULL, body_digest BLOB NOT NULL, outcome BLOB NOT NULL, expires_at INTEGER NOT NULL,
            UNIQUE (tenant_id, key_digest)
        ) STRICT
        """,
        "CREATE INDEX idempotency_records_by_expiry ON idempotency_records (expires_at)",
    ]

    private static let credentialScopes: [SQL] = [
        "ALTER TABLE credentials ADD COLUMN scopes TEXT NOT NULL DEFAULT 'read write'"
    ]

    private static let setupTokenExpiry: [SQL] = [
        "ALTER TABLE setup_tokens ADD COLUMN expires_at INTEGER",
        "CREATE INDEX setup_tokens_by_tenant ON setup_tokens (tenant_id)",
    ]

    private static let webhookSecretRotation: [SQL] = [
        "ALTER TABLE tenants ADD COLUMN next_webhook_secret BLOB",
        "ALTER TABLE tenants ADD COLUMN next_webhook_secret_at INTEGER",
    ]

    private static let dataKeyRotation: [SQL] = [
        "ALTER TABLE tenants ADD COLUMN previous_data_key INTEGER",
        """
        CREATE TABLE reseals (
            tenant_id INTEGER PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
            step INTEGER NOT NULL DEFAULT 0, after_id INTEGER NOT NULL DEFAULT 0,
            records INTEGER NOT NULL DEFAULT 0, started_at INTEGER NOT NULL, finished_at INTEGER
        ) STRICT
        """,
    ]

    private static let reports: [SQL] = [
        "ALTER TABLE orders ADD COLUMN dispatch_uncertain INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE orders ADD COLUMN reconcile_at INTEGER",
        "CREATE INDEX orders_to_reconcile ON orders (reconcile_at) WHERE reconcile_at IS NOT NULL",
        "CREATE INDEX orders_by_uuid ON orders (uuid)",
    ]

    private static let failedDeliveries: [SQL] = [
        """
        CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (tenant_id, completed_at) WHERE status = 'failed'
        """
    ]

    /// Each URL has a queue of its own: when its next delivery is due stands on its row, so that the due ones of a busy
    /// URL are never walked past. A URL known before is a destination by itself.
    private static let deliveryQueues: [SQL] = [
        "ALTER TABLE webhook_endpoints ADD COLUMN destination INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE webhook_endpoints ADD COLUMN due_at INTEGER",
        "ALTER TABLE webhook_endpoints ADD COLUMN last_success_at INTEGER",
        "ALTER TABLE webhook_endpoints ADD COLUMN last_failure_at INTEGER",
        "ALTER TABLE webhook_endpoints ADD COLUMN last_error TEXT",
        "ALTER TABLE webhook_endpoints ADD COLUMN failures INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE webhook_endpoints ADD COLUMN recent_failures TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE webhook_endpoints ADD COLUMN is_failing INTEGER NOT NULL DEFAULT 0",
        "DROP INDEX webhook_deliveries_due",
        """
        CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at, status)
        WHERE due_at IS NOT NULL
        """,
        "DROP INDEX webhook_deliveries_by_endpoint",
        "CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint_id, completed_at, id)",
        """
        UPDATE webhook_endpoints SET destination = id, due_at = (
            SELECT MIN(due_at) FROM webhook_deliveries
            WHERE endpoint_id = webhook_endpoints.id AND due_at IS NOT NULL)
        """,
        "CREATE INDEX webhook_endpoints_due ON webhook_endpoints (destination, due_at) WHERE due_at IS NOT NULL",
        "CREATE INDEX webhook_endpoints_by_tenant ON webhook_endpoints (tenant_id, is_failing, id)",
        "CREATE INDEX webhook_endpoints_failing ON webhook_endpoints (is_failing) WHERE is_failing = 1",
        "CREATE INDEX order_events_by_age ON order_events (occurred_at)",
    ]

    /// Events may tell of what happened long before they are recorded: their payloads hold that time, and the feed and the
    /// retention go by the column. A program from before would number events by the changes of status alone, and a number
    /// twice.
    private static let recordedEvents: [SQL] = [
        "ALTER TABLE order_events RENAME COLUMN occurred_at TO recorded_at"
    ]

    /// Request rates that all nodes count together, and which programs may serve the database; what keeps an event from
    /// being removed, and the newest of patients that are alike, are sought.
    private static let severalNodes: [SQL] = [
        "DROP INDEX patients_by_likeness",
        "CREATE INDEX patients_by_likeness ON patients (tenant_id, likeness, id) WHERE deleted_at IS NULL",
        """
        CREATE INDEX webhook_deliveries_unfinished ON webhook_deliveries (event_id) WHERE completed_at IS NULL
        """,
        "CREATE TABLE rate_limits (client BLOB PRIMARY KEY, paid_up_to INTEGER NOT NULL) STRICT",
        "ALTER TABLE schema_versions ADD COLUMN oldest_program INTEGER NOT NULL DEFAULT 0",
    ]

    private static let patients: [SQL] = [
        """
        CREATE TABLE patients (
            id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            uuid TEXT NOT NULL, external_id TEXT, likeness BLOB, email BLOB, document BLOB,
            created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, change_sequence INTEGER NOT NULL,
            deleted_at INTEGER, UNIQUE (tenant_id, uuid)
        ) STRICT
        """,
        "CREATE INDEX patients_newest ON patients (tenant_id, id) WHERE deleted_at IS NULL",
        "CREATE INDEX patients_by_change ON patients (tenant_id, change_sequence)",
        "CREATE INDEX patients_by_update ON patients (tenant_id, updated_at, id) WHERE deleted_at IS NULL",
        "CREATE INDEX patients_by_likeness ON patients (tenant_id, likeness) WHERE deleted_at IS NULL",
        "CREATE INDEX patients_by_external_id ON patients (tenant_id, external_id) WHERE external_id IS NOT NULL",
    ]

    private static let orders: [SQL] = [
        """
        CREATE TABLE orders (
            id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            uuid TEXT NOT NULL, status TEXT NOT NULL, reference TEXT, customer_reference TEXT,
            patient_uuid TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
            document BLOB NOT NULL, patient_snapshot BLOB NOT NULL, dispatch_at INTEGER,
            dispatch_attempts INTEGER NOT NULL DEFAULT 0, UNIQUE (tenant_id, uuid)
        ) STRICT
        """,
        "CREATE INDEX orders_newest ON orders (tenant_id, id)",
        "CREATE INDEX orders_by_status ON orders (tenant_id, status, id)",
        "CREATE INDEX orders_by_reference ON orders (tenant_id, reference, id) WHERE reference IS NOT NULL",
        """
        CREATE INDEX orders_by_customer ON orders (tenant_id, customer_reference, id)
        WHERE customer_reference IS NOT NULL
        """,
        "CREATE INDEX orders_by_patient ON orders (tenant_id, patient_uuid, id)",
        "CREATE INDEX orders_by_update ON orders (tenant_id, updated_at, id)",
        "CREATE INDEX orders_by_creation ON orders (tenant_id, created_at, id)",
        "CREATE INDEX orders_to_dispatch ON orders (dispatch_at) WHERE dispatch_at IS NOT NULL",
    ]

    private static let webhooks: [SQL] = [
        """
        CREATE TABLE order_events (
            id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            uuid TEXT NOT NULL UNIQUE, order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
            type TEXT NOT NULL, sequence INTEGER NOT NULL, tenant_sequence INTEGER NOT NULL,
            occurred_at INTEGER NOT NULL, payload BLOB NOT NULL, UNIQUE (order_id, sequence)
        ) STRICT
        """,
        "CREATE UNIQUE INDEX order_events_feed ON order_events (tenant_id, tenant_sequence)",
        """
        CREATE TABLE webhook_endpoints (
            id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            url_digest BLOB NOT NULL, url BLOB NOT NULL, UNIQUE (tenant_id, url_digest)
        ) STRICT
        """,
        """
        CREATE TABLE webhook_deliveries (
            id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            uuid TEXT NOT NULL UNIQUE, order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
            event_id INTEGER NOT NULL REFERENCES order_events (id) ON DELETE CASCADE,
            endpoint_id INTEGER NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
            status TEXT NOT NULL, due_at INTEGER, attempts INTEGER NOT NULL DEFAULT 0,
            created_at INTEGER NOT NULL, completed_at INTEGER
        ) STRICT
        """,
        "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE due_at IS NOT NULL",
        "CREATE INDEX webhook_deliveries_queue ON webhook_deliveries (order_id, endpoint_id, id)",
        "CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (tenant_id, id)",
        "CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (event_id)",
        "CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint_id)",
        """
        CREATE TABLE webhook_attempts (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            delivery_id INTEGER NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
            at INTEGER NOT NULL, duration INTEGER NOT NULL, status_code INTEGER, error TEXT, answer BLOB NOT NULL
        ) STRICT
        """,
        "CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (delivery_id, id)",
    ]

    private static let sandbox: [SQL] = [
        """
        CREATE TABLE simulated_prescriptions (
            order_id INTEGER PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE,
            tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            step INTEGER NOT NULL DEFAULT 0, due_at INTEGER
        ) STRICT
        """,
        "CREATE INDEX simulated_prescriptions_due ON simulated_prescriptions (due_at) WHERE due_at IS NOT NULL",
    ]
}
