package import PharmacyDomain

/// Copies a whole installation from one database to another, of either engine.
///
/// The copy is one snapshot, and it is made completely or not at all: tables, rows, counters and the entry in the audit log are
/// one transaction, which is committed after everything was read back and compared.
package enum InstallationCopy {
    /// A table that was copied.
    package struct Table: Hashable, Sendable {
        package let name: String
        package let rows: Int
        /// SHA-256 of all of its rows.
        package let digest: [UInt8]
    }

    /// Blocks for as long as it takes.
    /// - Parameters:
    ///   - masterKey: the key of the installation, which is also that of the copy.
    ///   - event: the event that the copy was made, for the audit log of the copy.
    /// - Throws: `CopyError`, `StoreError`.
    package static func copy(
        _ source: DatabaseLocation, to destination: DatabaseLocation, masterKey: MasterKeySource,
        noting event: AuditEvent
    ) throws -> [Table] {
        let original = try source.openAsCopySource()
        defer { original.close() }
        return try destination.makeCopy { copy in
            try InstallationCopy.copy(original, to: copy, masterKey: masterKey, noting: event)
        }
    }

    static func copy(
        _ original: any CopiedConnection, to copy: any CopiedConnection, masterKey: MasterKeySource,
        noting event: AuditEvent
    ) throws -> [Table] {
        try original.beginReading()
        defer { if !original.isIdle { try? original.rollBack() } }
        let keys = try auditKeys(of: original, masterKey: masterKey)
        _ = try copy.beginWriting([.everything])
        do {
            guard try !copy.hasTables() else { throw CopyError.occupied }
            try Migrations.createTables(in: copy)
            let tables = try TableSchema.all.map { try write($0, from: original, to: copy) }
            for (schema, table) in zip(TableSchema.all, tables) {
                guard try read(schema, from: copy) == table else { throw CopyError.different(table: table.name) }
            }
            try StoredAuditChain(db: copy, keys: keys).append([event])
            // Without an origin, so that opening the copy begins another epoch.
            try IncarnationRow(db: copy).insert(
                Incarnation(epoch: .random(), origin: nil, since: event.at, isFirst: false))
            try copy.commit()
            return tables
        } catch {
            if !copy.isIdle { try? copy.rollBack() }
            throw error
        }
    }

    /// Checks that a database can be copied and that the master key fits it.
    private static func auditKeys(
        of original: any CopiedConnection, masterKey: MasterKeySource
    ) throws -> AuditChainKeys {
        guard try original.hasTables() else { throw CopyError.strange }
        let (version, known) = (try Migrations.version(of: original), Migrations.steps.count)
        guard version <= known else { throw StoreError.newerDatabase(found: version, known: known) }
        guard version == known else { throw CopyError.older(version: version, known: known) }
        try original.checkIntegrity()
        let keyring = Keyring(source: masterKey)
        guard try AuditChainKeys.exist(keyring, in: original) else { throw CopyError.strange }
        return try AuditChainKeys(keyring, in: original)
    }

    // MARK: A table

    /// Copies the rows of a table with their row ids, and the table's row id sequence.
    private static func write(
        _ table: TableSchema, from original: any CopiedConnection, to copy: any CopiedConnection
    ) throws -> Table {
        let several = table.insertion(rows: StoreLimits.rowsPerInsertion)
        let one = table.insertion(rows: 1)
        let copied = try read(table, from: original) { rows in
            var rest = rows[...]
            while !rest.isEmpty {
                let isFull = rest.count >= StoreLimits.rowsPerInsertion
                let some = rest.prefix(isFull ? StoreLimits.rowsPerInsertion : 1)
                rest = rest.dropFirst(some.count)
                do {
                    try copy.run(isFull ? several : one, some.flatMap(\.self))
                } catch StoreError.broken(let reason) {
                    throw StoreError.broken("a row of \(table.name) cannot be inserted (\(reason))")
                }
            }
        }
        let last = try original.lastRowID(of: table)
        try copy.setLastRowID(last, of: table)
        guard try table.rowIDSequence == .database || copy.lastRowID(of: table) == last else {
            throw CopyError.different(table: copied.name)
        }
        return copied
    }

    /// Reads a table in the order of its keys.
    /// - Parameter each: is called with all rows, some at a time.
    private static func read(
        _ table: TableSchema, from db: any CopiedConnection, _ each: ([[SQLValue]]) throws -> Void = { _ in }
    ) throws -> Table {
        var digest = TableDigest()
        let limit = SQLValue(StoreLimits.copiedRows)
        var rows = try db.rows(table.firstRows, [limit]) { try table.values($0) }
        while let last = rows.last {
            for row in rows { digest.add(row) }
            try each(rows)
            rows = try db.rows(table.nextRows, [last[0], limit]) { try table.values($0) }
        }
        let count = try db.row(table.count, []) { try $0.integer(0) }
        guard count == Int64(digest.rows) else { throw StoreError.broken("rows of \(table.name) are not found") }
        return Table(name: "\(table.name)", rows: digest.rows, digest: digest.value)
    }
}
