import PharmacyStore

extension SQLiteEngine {
    /// The value of a pragma on the writing connection.
    func pragma(_ sql: SQL) async throws -> Int64? {
        try await write { try $0.row(sql, []) { try $0.integer(0) } }
    }
}
