#if PostgreSQL
internal import FoundationEssentials

/// What PostgreSQL's SQLSTATEs (its documentation, Appendix A) and libpq's words about connections mean to us.
///
/// Of a statement's error only the SQLSTATE is kept, for its words may hold values of records. Words about a connection
/// name the host, the role and the database, and are kept without the password.
enum PostgreSQLFault {
    /// The fault that an SQLSTATE stands for.
    static func fault(sqlState: String) -> StoreFault {
        let (kind, words, advice) = meaning(of: sqlState)
        return StoreFault(kind, "\(words) (SQLSTATE \(sqlState))" + (advice.map { ": \($0)" } ?? ""))
    }

    private typealias Meaning = (kind: StoreFault.Kind, words: String, advice: String?)

    private static func meaning(of sqlState: String) -> Meaning {
        switch sqlState {
        case "28P01", "28000":
            (
                .credentials, "the database server refuses the role or its password",
                "look at UP_DATABASE_URL and at the server's pg_hba.conf"
            )
        case "3D000": (.missingDatabase, "the database does not exist", "create it, or look at UP_DATABASE_URL")
        case "42501": (.permission, "the database role lacks a privilege", "grant it what the operating guide lists")
        case "53100": (.diskFull, "the database server's disk is full", "free space on the database server")
        case "53200": (.outOfMemory, "the database server is out of memory", "look at the database server's memory")
        case "53300":
            (
                .connectionLimit, "the database server takes no more connections",
                "look at UP_DATABASE_CONNECTIONS, max_connections and the limits of the role and the database"
            )
        case "25006":
            (
                .readOnly, "the database server takes no writes",
                "it is a standby, or set read-only; writes go on once it is promoted or UP_DATABASE_URL names the primary"
            )
        case "57P01", "57P02": (.stopping, "the database server stops, or an operator has ended the connection", nil)
        case "57P03": (.starting, "the database server is starting or stopping and takes no connections yet", nil)
        case "57P04": (.missingDatabase, "the database was dropped", "restore it, or look at UP_DATABASE_URL")
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
        case "53": (.outOfMemory, "the database server is short of a resource", "look at the database server's log")
        case "57": (.stopping, "an operator intervened at the database server", "look at the database server's log")
        case "58":
            (.inputOutput, "the database server's own system failed", "look at the database server's log and its disk")
        case "XX": (.damaged, "the database server reports an internal error", "look at the database server's log")
        default: (.other, "the database server reports an error", nil)
        }
    }

    // MARK: Connections

    static let connectionLost = StoreFault(.connectionLost, "the connection was lost")

    /// What is read there may be old, and nothing can be written until it is promoted.
    static let standby = StoreFault(
        .readOnly,
        "the database server is a standby: writes go on once it is promoted or UP_DATABASE_URL names the primary")

    /// Why a connection did not come about.
    /// - Parameters:
    ///   - message: libpq's, of which there is a line for each address that was tried, with the SQLSTATE in front of the
    ///     server's words (`PQERRORS_VERBOSE`).
    ///   - password: which must not be in the fault's words.
    ///   - isPlain: whether the URL can be read in one way only. One whose password holds an `@` that is not escaped has
    ///     the rest of it in the host's place.
    static func connectionFault(message: String, password: String, isPlain: Bool) -> StoreFault {
        let lines = message.split(whereSeparator: \.isNewline).map(String.init)
            .filter { line in
                !line.hasPrefix("\t") && !["LOCATION:", "DETAIL:", "HINT:"].contains(where: line.hasPrefix)
            }
        // One address may be refused and the next answer: what a server says comes first.
        let line = lines.last { sqlState(in: $0) != nil } ?? lines.last ?? ""
        let told = sqlState(in: line).map { meaning(of: $0) } ?? meaning(ofWords: line)
        var words = told.words
        if isPlain, !line.isEmpty {
            let said = password.isEmpty ? line : line.replacing(password, with: "…")
            words += " (\(said.prefix(longestMessage)))"
        }
        return StoreFault(told.kind, words + (told.advice.map { ": \($0)" } ?? ""))
    }

    /// Characters of libpq's words that are kept: a host, a role and a reason.
    private static let longestMessage = 300

    /// The code in "… FATAL:  28P01: …", whatever language the words are in.
    private static func sqlState(in line: String) -> String? {
        let parts = line.split(separator: ":").map { $0.trimmingPrefix(" ").trimmingPrefix(" ") }
        return parts.map(String.init).last { part in
            part.utf8.count == 5
                && part.utf8.allSatisfy { byte in
                    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                }
                && part != "FATAL" && part != "PANIC" && part != "ERROR"
        }
    }

    /// libpq's own words are English: this program sets no locale.
    private static func meaning(ofWords line: String) -> Meaning {
        let known: [(String, Meaning)] = [
            (
                "could not translate host name",
                (
                    .unknownHost, "the database server cannot be reached: its name has no address",
                    "look at the host in UP_DATABASE_URL and at the name service"
                )
            ),
            (
                "no password supplied",
                (
                    .credentials, "the database server asks for a password and none is given",
                    "look at UP_DATABASE_URL or the password file"
                )
            ),
            (
                "timeout expired",
                (
                    .timedOut, "the database server cannot be reached: it did not respond in time",
                    "look at the host and the port in UP_DATABASE_URL and at firewalls"
                )
            ),
            (
                "too many open files",
                (.fileLimit, "no file descriptor is left for the database server", "raise the limit (ulimit -n)")
            ),
            (
                "closed the connection unexpectedly",
                (.connectionLost, "the database server cannot be reached: it ended the connection", "look at its log")
            ),
        ]
        let lowered = line.lowercased()
        if let (_, meaning) = known.first(where: { lowered.contains($0.0) }) { return meaning }
        if ["certificate", "ssl", "tls", "gssapi"].contains(where: lowered.contains),
            !lowered.contains("connection refused")
        {
            return (
                .encryption, "the database server cannot be reached: no encrypted connection comes about",
                "look at sslmode and sslrootcert in UP_DATABASE_URL and at the server's certificate"
            )
        }
        return (
            .unreachable, "the database server cannot be reached",
            "look whether it runs, and at the host and the port in UP_DATABASE_URL"
        )
    }

    /// The connection was not made in time.
    static let connectTimedOut = StoreFault(
        .timedOut,
        "the database server cannot be reached: it did not respond within "
            + "\(StoreLimits.connectTimeout.components.seconds) s: look at the host and the port in UP_DATABASE_URL and at "
            + "firewalls")
}
#endif
