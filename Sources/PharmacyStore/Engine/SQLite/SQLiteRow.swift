internal import CSQLite

/// The current row of a SQLite statement.
struct SQLiteRow: SQLRow {
    let statement: OpaquePointer

    func isNull(_ column: Int) -> Bool { sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL }

    func integer(_ column: Int) throws -> Int64 {
        try expect(column, SQLITE_INTEGER)
        return sqlite3_column_int64(statement, Int32(column))
    }

    func text(_ column: Int) throws -> String {
        try expect(column, SQLITE_TEXT)
        return String(decoding: bytes(sqlite3_column_text(statement, Int32(column)), column), as: UTF8.self)
    }

    func blob(_ column: Int) throws -> [UInt8] {
        try expect(column, SQLITE_BLOB)
        return Array(bytes(sqlite3_column_blob(statement, Int32(column)), column))
    }

    private func expect(_ column: Int, _ type: Int32) throws {
        guard sqlite3_column_type(statement, Int32(column)) == type else {
            throw StoreError.broken("column \(column) is not of the type expected")
        }
    }

    private func bytes(_ start: UnsafeRawPointer?, _ column: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, Int32(column))))
    }
}
