/// A value bound to a statement.
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])

    package init(_ value: Int?) { self = value.map { .integer(Int64($0)) } ?? .null }
    package init(_ value: Int64?) { self = value.map(SQLValue.integer) ?? .null }
    package init(_ value: String?) { self = value.map(SQLValue.text) ?? .null }
    package init(_ value: [UInt8]?) { self = value.map(SQLValue.blob) ?? .null }
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(stringLiteral value: String) { self = .text(value) }
    package init(nilLiteral: ()) { self = .null }
}

/// The text of a statement with `$1`, `$2` … for its binds. It can be put together from literals only, so that nothing
/// from outside ever gets into it.
package struct SQL: Hashable, Sendable, ExpressibleByStringLiteral {
    package let text: String

    package init(stringLiteral text: StaticString) {
        self.text = "\(text)"
    }

    private init(text: String) {
        self.text = text
    }

    package static func + (left: SQL, right: SQL) -> SQL { SQL(text: left.text + " " + right.text) }

    private static let forPostgreSQL = "/* PostgreSQL */ "

    /// A statement, without binds or rows, that PostgreSQL runs and SQLite passes over.
    package static func forPostgreSQL(_ sql: SQL) -> SQL { SQL(text: forPostgreSQL + sql.text) }

    package var isForPostgreSQLAlone: Bool { text.hasPrefix(SQL.forPostgreSQL) }

    /// A bind by its number: `$4`.
    package static func bind(_ number: Int) -> SQL { SQL(text: "$\(number)") }
}
