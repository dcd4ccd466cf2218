/// A table of the newest schema, as a copy of the whole installation reads and writes it. A test holds the description to
/// the schema of each engine.
struct TableSchema: Sendable {
    enum Kind: Sendable {
        case integer
        case text
        case blob
    }

    struct Column: Sendable {
        let name: StaticString
        let kind: Kind

        static func integer(_ name: StaticString) -> Column { Column(name: name, kind: .integer) }
        static func text(_ name: StaticString) -> Column { Column(name: name, kind: .text) }
        static func blob(_ name: StaticString) -> Column { Column(name: name, kind: .blob) }
    }

    /// Who numbers the rows.
    enum RowIDSequence: Sendable {
        /// The program, or rows have no number.
        case program
        /// The database. A number is never given out twice in PostgreSQL; in SQLite that of the newest row is, once the
        /// row was deleted.
        case database
        /// The database, and neither gives out a number twice.
        case databaseOnce
    }

    let name: StaticString
    /// The first is the primary key, by which rows are read in order. It is no text: databases order that by a collation.
    let columns: [Column]
    let rowIDSequence: RowIDSequence

    init(_ name: StaticString, rowIDSequence: RowIDSequence, _ columns: [Column]) {
        self.name = name
        self.columns = columns
        self.rowIDSequence = rowIDSequence
    }

    // MARK: Statements

    private var key: SQL { SQL(stringLiteral: columns[0].name) }
    private var source: SQL { "FROM" + SQL(stringLiteral: name) }
    private var list: SQL { TableSchema.joined(columns.map { SQL(stringLiteral: $0.name) }) }

    private static func joined(_ parts: some Collection<SQL>) -> SQL {
        parts.dropFirst().reduce(parts.first ?? "") { $0 + "," + $1 }
    }

    var count: SQL { "SELECT COUNT(*)" + source }
    var highestKey: SQL { "SELECT MAX(" + key + ")" + source }

    /// The first rows by their key; bound is how many.
    var firstRows: SQL { "SELECT" + list + source + "ORDER BY" + key + "LIMIT $1" }
    /// Rows behind a key, by their key; bound are the key and how many.
    var nextRows: SQL { "SELECT" + list + source + "WHERE" + key + "> $1 ORDER BY" + key + "LIMIT $2" }

    /// Adds as many rows as are wanted; bound are their columns, row by row.
    func insertion(rows count: Int) -> SQL {
        let width = columns.count
        let rows = (0..<count).map { row in
            "(" + TableSchema.joined((1...width).map { SQL.bind(row * width + $0) }) + ")"
        }
        return "INSERT INTO" + SQL(stringLiteral: name) + "(" + list + ") VALUES" + TableSchema.joined(rows)
    }
}

extension TableSchema {
    /// Reads the columns of a row, each as what it is described to be.
    func values(_ row: any SQLRow) throws -> [SQLValue] {
        var values: [SQLValue] = []
        values.reserveCapacity(columns.count)
        for (index, column) in columns.enumerated() {
            if row.isNull(index) {
                values.append(.null)
                continue
            }
            switch column.kind {
            case .integer: values.append(.integer(try row.integer(index)))
            case .text: values.append(.text(try row.text(index)))
            case .blob: values.append(.blob(try row.blob(index)))
            }
        }
        return values
    }
}
