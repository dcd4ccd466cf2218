/// A failure of the store itself: a kind, for metrics and probes, and words for the operator's log.
///
/// The words say what happened and what to check. They contain no value of a record: an engine's own message is part of them
/// only where it cannot contain one.
package struct StoreFault: Hashable, Sendable {
    /// A label of metrics, and the key under which repetitions of a failure are one outage.
    package enum Kind: String, CaseIterable, Sendable {
        case diskFull = "disk_full"
        case damaged
        case readOnly = "read_only"
        case inputOutput = "io_error"
        /// The database file does not exist or cannot be opened.
        case cannotOpen = "cannot_open"
        /// The role, or the user of the process, lacks a permission.
        case permission
        /// The database server refuses the role or its password.
        case credentials
        case missingDatabase = "missing_database"
        case unknownHost = "unknown_host"
        /// Nothing listens at the address, or there is no route to it.
        case unreachable
        /// An encrypted connection cannot be established.
        case encryption
        /// The database server, or a limit of its database or role, accepts no more connections.
        case connectionLimit = "connection_limit"
        /// The database server is being stopped, or an operator has ended the connection.
        case stopping
        case starting
        case connectionLost = "connection_lost"
        case timedOut = "timed_out"
        case outOfMemory = "out_of_memory"
        /// No file descriptor is left.
        case fileLimit = "file_limit"
        /// Another transaction or program holds a lock.
        case busy
        /// Too many transactions wait for the store's connections.
        case overloaded
        case other
    }

    package let kind: Kind
    /// A clause without a period, such as "the disk is full (SQLite 13, …): free space …".
    package let words: String

    package init(_ kind: Kind, _ words: String) {
        self.kind = kind
        self.words = words
    }
}

extension StoreFault: CustomStringConvertible {
    package var description: String { words }
}

/// A fault of the kind `other` can be written as its words.
extension StoreFault: ExpressibleByStringInterpolation {
    package init(stringLiteral words: String) { self.init(.other, words) }
}

extension StoreFault.Kind {
    /// A summary that may be public, such as in a probe's response: it contains no path, host, user or code.
    package var summary: String {
        switch self {
        case .diskFull: "the database's disk is full"
        case .damaged: "the database is damaged"
        case .readOnly: "the database takes no writes"
        case .inputOutput: "the database's disk fails"
        case .cannotOpen: "the database cannot be opened"
        case .permission: "the database refuses a permission"
        case .credentials: "the database server refuses the credentials"
        case .missingDatabase: "the database does not exist"
        case .unknownHost: "the database server's name has no address"
        case .unreachable: "the database server cannot be reached"
        case .encryption: "no encrypted connection to the database server comes about"
        case .connectionLimit: "the database server takes no more connections"
        case .stopping: "the database server is stopping"
        case .starting: "the database server is starting"
        case .connectionLost: "the connection to the database was lost"
        case .timedOut: "the database does not respond in time"
        case .outOfMemory: "the database is out of memory"
        case .fileLimit: "no file descriptor is left"
        case .busy: "the database is locked"
        case .overloaded: "too many requests wait for the database"
        case .other: "the database fails"
        }
    }

    /// Whether it usually ends by itself: an operator need not act unless it lasts.
    package var isPassing: Bool {
        switch self {
        case .busy, .overloaded, .connectionLost, .timedOut, .stopping, .starting: true
        default: false
        }
    }
}
