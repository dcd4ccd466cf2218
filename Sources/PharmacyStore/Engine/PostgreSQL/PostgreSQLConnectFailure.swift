#if PostgreSQL
internal import FoundationEssentials
internal import PharmacyDomain

/// Why a connection could not be made, from libpq's message.
///
/// The message names the host, the role and the database. The password is removed from it.
struct PostgreSQLConnectFailure: Error {
    /// For the log of a running server.
    let fault: StoreFault
    /// For the refusal to start: names the server, and libpq's or the server's reason.
    let cause: String
    /// Whether the same connection may succeed later without a change by an operator.
    let isPassing: Bool

    private init(fault: StoreFault, cause: String, isPassing: Bool) {
        self.fault = fault
        self.cause = cause
        self.isPassing = isPassing
    }

    /// - Parameters:
    ///   - message: libpq's. It has a line for each address that was tried, in which the SQLSTATE precedes the server's words
    ///     (`PQERRORS_VERBOSE`).
    ///   - password: is removed from the message.
    ///   - isUnambiguous: whether the URL can be read in one way only. A password with an `@` that is not escaped leaves its
    ///     rest in the host's place, and so in the message.
    ///   - place: host, port and database.
    init(message: String, password: String, isUnambiguous: Bool, place: String) {
        let lines = message.split(whereSeparator: \.isNewline).map(String.init)
            .filter { line in
                !line.hasPrefix("\t") && !["LOCATION:", "DETAIL:", "HINT:"].contains(where: line.hasPrefix)
            }
        // One address may refuse the connection and the next one respond: a server's response takes precedence.
        let line = lines.last { PostgreSQLConnectFailure.sqlState(in: $0) != nil } ?? lines.last ?? ""
        let sqlState = PostgreSQLConnectFailure.sqlState(in: line)
        let meaning =
            sqlState.map { PostgreSQLFault.meaning(of: $0) } ?? PostgreSQLConnectFailure.meaning(ofMessage: line)
        let shown = (password.isEmpty ? line : line.replacing(password, with: "…")).trimmed
        var words = meaning.words
        if isUnambiguous, !line.isEmpty { words += " (\(shown.prefix(PostgreSQLConnectFailure.longestMessage)))" }
        fault = StoreFault(meaning.kind, words + (meaning.advice.map { ": \($0)" } ?? ""))
        if let sqlState {
            cause = "\(place): \(PostgreSQLFault.fault(sqlState: sqlState).words)"
            isPassing = PostgreSQLConnectFailure.isPassing(sqlState: sqlState)
        } else {
            cause = shown.isEmpty ? "no reason was given" : shown
            isPassing = !PostgreSQLConnectFailure.isLasting(line)
        }
    }

    static let outOfMemory = PostgreSQLConnectFailure(
        fault: StoreFault(.outOfMemory, "the process is out of memory"), cause: "out of memory", isPassing: false)

    static func timedOut(at place: String) -> PostgreSQLConnectFailure {
        let seconds = StoreLimits.connectTimeout.components.seconds
        return PostgreSQLConnectFailure(
            fault: PostgreSQLFault.connectTimedOut, cause: "\(place) did not respond within \(seconds) seconds",
            isPassing: true)
    }

    /// Characters of libpq's message that are shown: a host, a role and a reason.
    private static let longestMessage = 300

    /// The code in "… FATAL:  28P01: …", whatever language the words are in.
    private static func sqlState(in line: String) -> String? {
        let parts = line.split(separator: ":").map { $0.trimmingPrefix(" ").trimmingPrefix(" ") }
        return parts.map(String.init).last { part in
            part.utf8.count == 5
                && part.utf8.allSatisfy {
                    ASCIIDigits.isDigit($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                }
                && part != "FATAL" && part != "PANIC" && part != "ERROR"
        }
    }

    /// Whether an error of the server may end by itself: connections, resources, an operator's intervention, the system.
    static func isPassing(sqlState: String) -> Bool {
        ["08", "53", "57", "58"].contains(String(sqlState.prefix(2)))
    }

    /// Whether libpq's own message is about something that stays until an operator changes it. A name without an address and a
    /// refused connection may be those of a server that is not running yet.
    private static func isLasting(_ message: String) -> Bool {
        ["SSL", "certificate", "GSS", "password", "authentication", "invalid", "service"].contains {
            message.contains($0)
        }
            && !message.contains("Name or service not known")
    }

    /// libpq's own messages are English, because this program sets no locale.
    private static func meaning(ofMessage line: String) -> PostgreSQLFault.Meaning {
        let known: [(String, PostgreSQLFault.Meaning)] = [
            (
                "could not translate host name",
                (
                    .unknownHost, "the database server cannot be reached: its name has no address",
                    "check the host in UP_DATABASE_URL and the name service"
                )
            ),
            (
                "no password supplied",
                (
                    .credentials, "the database server asks for a password and none is given",
                    "check UP_DATABASE_URL or the password file"
                )
            ),
            (
                "timeout expired",
                (
                    .timedOut, "the database server cannot be reached: it did not respond in time",
                    "check the host and the port in UP_DATABASE_URL and firewalls"
                )
            ),
            (
                "too many open files",
                (.fileLimit, "no file descriptor is left for the database server", "raise the limit (ulimit -n)")
            ),
            (
                "closed the connection unexpectedly",
                (.connectionLost, "the database server cannot be reached: it ended the connection", "check its log")
            ),
        ]
        let lowered = line.lowercased()
        if let (_, meaning) = known.first(where: { lowered.contains($0.0) }) { return meaning }
        if ["certificate", "ssl", "tls", "gssapi"].contains(where: lowered.contains),
            !lowered.contains("connection refused")
        {
            return (
                .encryption, "the database server cannot be reached: no encrypted connection comes about",
                "check sslmode and sslrootcert in UP_DATABASE_URL and the server's certificate"
            )
        }
        return (
            .unreachable, "the database server cannot be reached",
            "check whether it runs, and the host and the port in UP_DATABASE_URL"
        )
    }
}
#endif
