internal import CSQLite
internal import Foundation

/// A value of a column.
enum FloorValue {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])
}

/// SQLite without anything around it.
final class FloorDatabase {
    private let handle: OpaquePointer

    init(path: String) throws {
        var opened: OpaquePointer?
        guard sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK, let opened
        else { throw FloorFailure("\(path) cannot be opened") }
        handle = opened
        for pragma in [
            "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON",
            "cache_size = -16384",
            "mmap_size = 268435456", "temp_store = MEMORY",
        ] { try run("PRAGMA \(pragma)") }
    }

    var lastRow: Int64 { sqlite3_last_insert_rowid(handle) }

    func run(_ text: String) throws {
        guard sqlite3_exec(handle, text, nil, nil, nil) == SQLITE_OK else { throw failure }
    }

    func prepare(_ text: String) throws -> FloorStatement {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, text, -1, &statement, nil) == SQLITE_OK, let statement else { throw failure }
        return FloorStatement(statement, in: self)
    }

    /// The first row of a query, by the names of its columns.
    func row(_ text: String) throws -> [(name: String, value: FloorValue)] {
        guard let row = try prepare(text).firstRow() else { throw FloorFailure("there is no row: \(text)") }
        return row
    }

    /// The number that a query selects.
    func number(_ text: String) throws -> Int64 {
        guard case .integer(let number)? = try row(text).first?.value else { return 0 }
        return number
    }

    var failure: FloorFailure { FloorFailure(String(cString: sqlite3_errmsg(handle))) }
}

/// A prepared statement.
struct FloorStatement {
    private let statement: OpaquePointer
    private let database: FloorDatabase

    init(_ statement: OpaquePointer, in database: FloorDatabase) {
        self.statement = statement
        self.database = database
    }

    /// Runs a statement without rows.
    func run(_ values: [FloorValue]) throws {
        defer { sqlite3_reset(statement) }
        for (index, value) in values.enumerated() { bind(value, at: Int32(index + 1)) }
        guard sqlite3_step(statement) == SQLITE_DONE else { throw database.failure }
    }

    private func bind(_ value: FloorValue, at index: Int32) {
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value {
        case .null: sqlite3_bind_null(statement, index)
        case .integer(let number): sqlite3_bind_int64(statement, index, number)
        case .text(let text): sqlite3_bind_text(statement, index, text, Int32(text.utf8.count), transient)
        case .blob(let bytes): sqlite3_bind_blob(statement, index, bytes, Int32(bytes.count), transient)
        }
    }

    func firstRow() throws -> [(name: String, value: FloorValue)]? {
        defer { sqlite3_reset(statement) }
        guard sqlite3_step(statement) == SQLITE_ROW else { return nil }
        return (0..<sqlite3_column_count(statement)).map { column in
            (name: String(cString: sqlite3_column_name(statement, column)), value: value(of: column))
        }
    }

    private func value(of column: Int32) -> FloorValue {
        let bytes = {
            UnsafeRawBufferPointer(
                start: sqlite3_column_blob(statement, column), count: Int(sqlite3_column_bytes(statement, column)))
        }
        return switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, column))
        case SQLITE_TEXT: .text(String(decoding: bytes(), as: UTF8.self))
        case SQLITE_BLOB: .blob(Array(bytes()))
        default: .null
        }
    }
}
