package import PharmacyDomain

/// Copies a whole installation from one database to another, whichever engine keeps either.
///
/// What is copied is one snapshot, and it appears as a whole or not at all: tables, rows, counters and the line in the
/// audit log are one transaction, committed after everything was read back and found the same.
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
    ///   - masterKey: the key of the installation, which goes on with it.
    ///   - event: that the copy was made, for the audit log of the copy.
    /// - Throws: `CopyError`, `StoreError`.
    package static func copy(
        _ source: InstallationPlace, to destination: InstallationPlace, masterKey: MasterKeySource,
        noting event: AuditEvent
    ) throws -> [Table] {
        let original = try source.original()
        defer { original.close() }
        return try destination.made { copy in
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
            try Migrations.makeTables(in: copy)
            let tables = try TableSchema.all.map { try write($0, from: original, to: copy) }
            for (shape, table) in zip(TableSchema.all, tables) {
                guard try read(shape, from: copy) == table else { throw CopyError.different(table: table.name) }
            }
            try AuditLedger(db: copy, keys: keys).append([event])
            // Nowhere yet, so that who opens it first begins another.
            try IncarnationLedger(db: copy).insert(
                Incarnation(epoch: .random(), origin: nil, since: event.at, isFirst: false))
            try copy.commit()
            return tables
        } catch {
            if !copy.isIdle { try? copy.rollBack() }
            throw error
        }
    }

    /// Checks that a database is one that can be copied, and that the master key is its own.
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

    /// Copies the rows of a table, with their numbers, and the count of those given out.
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
                    throw StoreError.broken("a row of \(table.name) is not taken (\(reason))")
                }
            }
        }
        let last = try original.lastNumber(of: table)
        try copy.setLastNumber(last, of: table)
        guard try table.rowIDSequence == .database || copy.lastNumber(of: table) == last else {
            throw CopyError.different(table: copied.name)
        }
        return copied
    }

    /// Reads a table in the order of its keys.
    /// - Parameter each: gets all rows, some at a time.
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
