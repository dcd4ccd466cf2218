/// Why a database is not opened: its state, or a pooler in front of it, would lose data or prevent the server from working. Each
/// description says what to do, and none contains a password.
package enum DatabaseRefusal: Error, Hashable, Sendable {
    /// The file is empty.
    case emptyFile(path: String)
    /// The file is shorter than its header states.
    case truncatedFile(path: String, bytes: Int64, expected: Int64)
    /// The file has no header of SQLite, or is not a regular file.
    case strangeFile(path: String)
    /// No server of the URL can be reached.
    /// - Parameters:
    ///   - cause: a clause for the operator.
    ///   - isPassing: whether the server may be reachable soon without a change by an operator.
    case unreachable(cause: String, isPassing: Bool)
    /// The PostgreSQL database does not store text in UTF-8.
    case encoding(database: String, found: String)
    /// A pooler serves each transaction by another connection to the server.
    case transactionPooling(database: String)
}

extension DatabaseRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .emptyFile(let path):
            "The database file \(path) is empty, and is not used as a new one: move it away and restore a backup "
                + "(united-pharmacy restore), or remove it if it never held data."
        case .truncatedFile(let path, let bytes, let expected):
            "The database file \(path) is truncated, \(bytes) of \(expected) bytes: move it away and restore a backup "
                + "(united-pharmacy restore)."
        case .strangeFile(let path):
            "The database file \(path) is not a SQLite database: move it away and restore a backup "
                + "(united-pharmacy restore)."
        case .unreachable(let cause, _):
            "The database cannot be opened, because the database server cannot be reached: \(cause)."
        case .encoding(let database, let found):
            "The database \(database) has the encoding \(found): make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE "
                + "template0, and move the data with pg_dump and pg_restore."
        case .transactionPooling(let database):
            "The database \(database) is reached through a pooler that gives each transaction another connection, where "
                + "prepared statements, advisory locks and LISTEN do not work: set pool_mode = session in pgbouncer, or "
                + "connect to PostgreSQL itself."
        }
    }

    /// Whether waiting may help.
    package var isPassing: Bool {
        if case .unreachable(_, let isPassing) = self { isPassing } else { false }
    }
}
