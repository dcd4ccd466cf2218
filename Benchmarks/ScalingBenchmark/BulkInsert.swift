internal import PharmacyStore

/// Writes rows of one table, many to a statement.
struct BulkInsert: Sendable {
    private let many: SQL
    private let one: SQL

    /// Enough that a statement's own cost is spread, and few enough for any engine's limit of binds.
    private static let rowsEach = 50

    /// - Parameters:
    ///   - head: `INSERT INTO table (columns) VALUES`.
    ///   - tail: `RETURNING id, uuid`, or nothing.
    init(_ head: SQL, columns: Int, tail: SQL = "") {
        many = head + BulkInsert.values(rows: BulkInsert.rowsEach, columns: columns) + tail
        one = head + BulkInsert.values(rows: 1, columns: columns) + tail
    }

    private static func values(rows: Int, columns: Int) -> SQL {
        var text: SQL = ""
        for row in 0..<rows {
            text = text + (row == 0 ? "(" : ", (")
            for column in 0..<columns {
                if column > 0 { text = text + "," }
                text = text + .bind(row * columns + column + 1)
            }
            text = text + ")"
        }
        return text
    }

    func run(_ rows: [[SQLValue]], in db: any SQLConnection) throws {
        try each(rows) { sql, binds in try db.send(sql, binds) }
    }

    /// - Returns: the rows' ids by their uuids.
    func runReturning(_ rows: [[SQLValue]], in db: any SQLConnection) throws -> [SQLValue: Int64] {
        var ids: [SQLValue: Int64] = [:]
        try each(rows) { sql, binds in
            for row in try db.rows(sql, binds, { (id: try $0.integer(0), uuid: try $0.text(1)) }) {
                ids[.text(row.uuid)] = row.id
            }
        }
        return ids
    }

    private func each(_ rows: [[SQLValue]], _ body: (SQL, [SQLValue]) throws -> Void) throws {
        var rest = rows[...]
        while rest.count >= BulkInsert.rowsEach {
            try body(many, Array(rest.prefix(BulkInsert.rowsEach).joined()))
            rest = rest.dropFirst(BulkInsert.rowsEach)
        }
        for row in rest { try body(one, row) }
    }
}
