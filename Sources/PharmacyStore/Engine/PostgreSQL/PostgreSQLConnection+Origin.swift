#if PostgreSQL
extension PostgreSQLConnection {
    /// The cluster, its timeline, its database, and the database's table of epochs. Each changes when the data goes back in a
    /// different way:
    ///
    /// - The system identifier changes with the cluster (`initdb`, `pg_upgrade`).
    /// - The timeline changes with each promotion and each point-in-time recovery. It is read from the name of the current
    ///   write-ahead file: `pg_control_checkpoint()` returns the timeline of the last checkpoint, which may be minutes old
    ///   after a promotion.
    /// - The database's object id changes when the database is created again, also as a copy (`CREATE DATABASE … TEMPLATE`).
    /// - The table's object id changes with `pg_restore --clean`, which drops and creates tables in the same database.
    ///
    /// Every role may call these functions in PostgreSQL 15 and later, unless that was revoked: none of them is among those that
    /// only a superuser may call (`system_functions.sql`).
    func origin() throws -> String {
        // Commits of counters do not wait for the disk; the commit of an epoch must.
        try send("SET LOCAL synchronous_commit = on", [])
        do {
            let found = try row(
                """
                SELECT CAST((SELECT system_identifier FROM pg_control_system()) AS TEXT),
                    CAST(left(pg_walfile_name(pg_current_wal_lsn()), 8) AS TEXT),
                    CAST((SELECT oid FROM pg_database WHERE datname = current_database()) AS TEXT),
                    CAST(CAST(to_regclass('incarnation') AS oid) AS TEXT)
                """, []
            ) { row in
                "cluster \(try row.text(0)) timeline \(try row.text(1)) database \(try row.text(2)) "
                    + "table \(try row.text(3))"
            }
            guard let found else { throw StoreError.broken("the database server does not identify itself") }
            return found
        } catch StoreError.broken(PostgreSQLDialect.insufficientPrivilege) {
            throw StoreError.broken(
                StoreFault(
                    .permission,
                    "the database role may not call pg_control_system(), pg_current_wal_lsn() and pg_walfile_name(): grant "
                        + "it EXECUTE on them"))
        }
    }
}
#endif
