/// The operations that a copy of the whole installation needs in addition to statements, which differ between the engines.
protocol CopiedConnection: TransactionalConnection {
    /// Whether the database has this program's tables.
    func hasTables() throws -> Bool

    /// Checks the database for damage as far as the engine can.
    /// - Throws: `StoreError.broken`.
    func checkIntegrity() throws

    /// The highest row id that the database has given to a row of a table; 0 for none.
    func lastRowID(of table: TableSchema) throws -> Int64

    /// Sets the row id after which the table's new row ids continue, where the engine has a sequence.
    func setLastRowID(_ id: Int64, of table: TableSchema) throws
}
