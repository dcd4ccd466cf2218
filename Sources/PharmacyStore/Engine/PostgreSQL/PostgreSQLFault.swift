#if PostgreSQL
internal import FoundationEssentials

/// The faults that PostgreSQL's SQLSTATEs stand for (PostgreSQL documentation, Appendix A).
///
/// Of a statement's error only the SQLSTATE is used, because its message may contain values of records.
enum PostgreSQLFault {
    /// The fault that an SQLSTATE stands for.
    static func fault(sqlState: String) -> StoreFault {
        let (kind, words, advice) = meaning(of: sqlState)
        return StoreFault(kind, "\(words) (SQLSTATE \(sqlState))" + (advice.map { ": \($0)" } ?? ""))
    }

    typealias Meaning = (kind: StoreFault.Kind, words: String, advice: String?)

    static func meaning(of sqlState: String) -> Meaning {
        switch sqlState {
        case "28P01", "28000":
            (
                .credentials, "the database server refuses the role or its password",
                "check UP_DATABASE_URL and the server's pg_hba.conf"
            )
        case "3D000": (.missingDatabase, "the database does not exist", "create it, or check UP_DATABASE_URL")
        case "42501":
            (
                .permission, "the database role lacks a privilege",
                "grant it the privileges that Documentation/postgresql.md lists"
            )
        case "53100": (.diskFull, "the database server's disk is full", "free space on the database server")
        case "53200": (.outOfMemory, "the database server is out of memory", "check the database server's memory")
        case "53300":
            (
                .connectionLimit, "the database server takes no more connections",
                "check UP_DATABASE_CONNECTIONS, max_connections and the limits of the role and the database"
            )
        case "25006":
            (
                .readOnly, "the database server takes no writes",
                "it is a standby, or set read-only; writes go on once it is promoted or UP_DATABASE_URL names the primary"
            )
        case "57P01", "57P02": (.stopping, "the database server stops, or an operator has ended the connection", nil)
        case "57P03": (.starting, "the database server is starting or stopping and takes no connections yet", nil)
        case "57P04": (.missingDatabase, "the database was dropped", "restore it, or check UP_DATABASE_URL")
        case "57014": (.timedOut, "a statement took too long, or was canceled by an operator", nil)
        case "25P03", "25P04", "57P05": (.timedOut, "the database server ended a transaction that took too long", nil)
        case "40001", "40P01", "55P03": (.busy, "another transaction holds what this one needs", nil)
        case "XX001", "XX002":
            (
                .damaged, "the database is damaged",
                "run `united-pharmacy integrity check` and pg_amcheck, and restore a backup"
            )
        case "0A000": (.connectionLost, "the connection does not fit the database's state any more", nil)
        default: meaning(ofClass: String(sqlState.prefix(2)))
        }
    }

    private static func meaning(ofClass prefix: String) -> Meaning {
        switch prefix {
        case "08": (.connectionLost, "the connection to the database server was lost", nil)
        case "53": (.outOfMemory, "the database server is short of a resource", "check the database server's log")
        case "57": (.stopping, "an operator intervened at the database server", "check the database server's log")
        case "58":
            (.inputOutput, "the database server's own system failed", "check the database server's log and its disk")
        case "XX": (.damaged, "the database server reports an internal error", "check the database server's log")
        default: (.other, "the database server reports an error", nil)
        }
    }

    // MARK: Connections

    static let connectionLost = StoreFault(.connectionLost, "the connection was lost")

    /// A standby's data may be old, and it accepts no writes until it is promoted.
    static let standby = StoreFault(
        .readOnly,
        "the database server is a standby: writes go on once it is promoted or UP_DATABASE_URL names the primary")

    /// The connection was not made in time.
    static let connectTimedOut = StoreFault(
        .timedOut,
        "the database server cannot be reached: it did not respond within "
            + "\(StoreLimits.connectTimeout.components.seconds) s: check the host and the port in UP_DATABASE_URL, and "
            + "firewalls")
}
#endif
