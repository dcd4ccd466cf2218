#if PostgreSQL
internal import CLibPQ

/// Types that are read, by their object ids (PostgreSQL's `pg_type.dat`).
private enum PostgreSQLType {
    static let boolean: Oid = 16
    static let bytes: Oid = 17
    static let integer8: Oid = 20
    static let integer2: Oid = 21
    static let integer4: Oid = 23
    static let text: Oid = 25
    static let varchar: Oid = 1043
}

/// A row of a result in binary form.
struct PostgreSQLRow: SQLRow {
    let result: OpaquePointer?
    let row: Int32

    func isNull(_ column: Int) -> Bool { PQgetisnull(result, row, Int32(column)) == 1 }

    func integer(_ column: Int) throws -> Int64 {
        let isInteger = [
            PostgreSQLType.integer8, PostgreSQLType.integer4, PostgreSQLType.integer2, PostgreSQLType.boolean,
        ].contains(PQftype(result, Int32(column)))
        let bytes = try bytes(column, isExpected: isInteger)
        // Big endian, and of the type's own width.
        let magnitude = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let unused = 64 - 8 * bytes.count
        return Int64(bitPattern: magnitude << unused) >> unused
    }

    func text(_ column: Int) throws -> String {
        let type = PQftype(result, Int32(column))
        let bytes = try bytes(
            column, isExpected: type == PostgreSQLType.text || type == PostgreSQLType.varchar)
        return String(decoding: bytes, as: UTF8.self)
    }

    func blob(_ column: Int) throws -> [UInt8] {
        Array(try bytes(column, isExpected: PQftype(result, Int32(column)) == PostgreSQLType.bytes))
    }

    private func bytes(_ column: Int, isExpected: Bool) throws -> UnsafeRawBufferPointer {
        guard isExpected, !isNull(column) else {
            throw StoreError.broken("column \(column) is not of the type expected")
        }
        return UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, Int32(column)), count: Int(PQgetlength(result, row, Int32(column))))
    }
}
#endif
