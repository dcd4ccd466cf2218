/// What a copy of the whole installation asks of a connection besides statements, in each engine's own words.
protocol CopiedConnection: TransactionalConnection {
    /// Whether this program has made its tables in the database.
    func hasTables() throws -> Bool

    /// Looks for damage as far as the engine can.
    /// - Throws: `StoreError.broken`.
    func checkIntegrity() throws

    /// The highest number that the database has given to a row of a table; 0 for none.
    func lastNumber(of table: TableSchema) throws -> Int64

    /// Sees to it that numbers go on behind `number`, as far as the engine keeps count.
    func setLastNumber(_ number: Int64, of table: TableSchema) throws
}
