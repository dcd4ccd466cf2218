/// What keeps the store from doing its work: a kind, which metrics and probes name, and words for the operator's log.
///
/// The words say what happened and what to look at. They hold no value of a record: an engine's own message is part of
/// them only where it cannot hold one.
package struct StoreFault: Hashable, Sendable {
    /// A label of metrics, and the key under which repetitions of a failure are one outage.
    package enum Kind: String, CaseIterable, Sendable {
        case diskFull = "disk_full"
        case damaged
        case readOnly = "read_only"
        case inputOutput = "io_error"
        /// The database file is not there, or cannot be opened.
        case cannotOpen = "cannot_open"
        /// The role, or the user of the process, may not do what it must.
        case permission
        /// The database server does not take the role or its password.
        case credentials
        case missingDatabase = "missing_database"
        case unknownHost = "unknown_host"
        /// Nothing listens at the address, or no way leads to it.
        case unreachable
        /// No encrypted connection comes about.
        case encryption
        /// The database server, or a limit of its database or role, takes no more connections.
        case connectionLimit = "connection_limit"
        /// The database server is being stopped, or an operator has ended the connection.
        case stopping
        case starting
        case connectionLost = "connection_lost"
        case timedOut = "timed_out"
        case outOfMemory = "out_of_memory"
        /// No file descriptor is left.
        case fileLimit = "file_limit"
        /// Another transaction or program holds what is needed.
        case busy
        /// Too much waits for the store's connections.
        case overloaded
        case other
    }

    package let kind: Kind
    /// A clause without a full stop, such as "the disk is full (SQLite 13, …): free space …".
    package let words: String

    package init(_ kind: Kind, _ words: String) {
        self.kind = kind
        self.words = words
    }
}

extension StoreFault: CustomStringConvertible {
    package var description: String { words }
}

/// A fault that needs no kind of its own is written as its words.
extension StoreFault: ExpressibleByStringInterpolation {
    package init(stringLiteral words: String) { self.init(.other, words) }
}

extension StoreFault.Kind {
    /// What anybody may read, such as a probe's response: no path, host, user or code.
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

    /// Whether it passes by itself: what an operator need not look at unless it lasts.
    package var isPassing: Bool {
        switch self {
        case .busy, .overloaded, .connectionLost, .timedOut, .stopping, .starting: true
        default: false
        }
    }
}
