#if PostgreSQL
extension PostgreSQLConnection {
    /// The cluster, its timeline, the database in it, and the table of epochs in that, which each tell another way to go back:
    ///
    /// - The system identifier is another in another cluster (`initdb`, `pg_upgrade`).
    /// - The timeline is another after each promotion and each point-in-time recovery. It is taken from the name of the
    ///   write-ahead file that is written now; `pg_control_checkpoint()` tells the one of the last checkpoint, which after a
    ///   promotion may be that of before it for minutes.
    /// - The database's object id is another in a database that was made anew, also as a copy (`CREATE DATABASE … TEMPLATE`).
    /// - The table's object id is another after `pg_restore --clean`, which drops and makes tables in the same database.
    ///
    /// Every role may call these functions in PostgreSQL 15 and later, unless somebody has revoked that: none of them is in
    /// the list of those that only a superuser may call (`system_functions.sql`).
    func origin() throws -> String {
        // Counters are committed without waiting for the disk; an epoch is not.
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
            guard let found else { throw StoreError.broken("the database server does not say what it is") }
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
