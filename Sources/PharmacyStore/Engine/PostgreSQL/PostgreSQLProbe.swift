#if PostgreSQL
internal import CLibPQ
internal import Glibc
internal import PharmacyDomain

/// Looks, before anything is written, whether a PostgreSQL server can be reached, and whether what is reached is fit for this
/// program.
package enum PostgreSQLProbe {
    /// What was reached.
    package struct Server: Sendable {
        /// Host, port and database, without user and password.
        package let place: String
    }

    /// Connects, and checks the database's encoding and what stands in front of it. Blocks, for some seconds for each host of
    /// the URL at the most.
    /// - Throws: `DatabaseRefusal`, `StoreError.unavailable` for a server that goes away meanwhile.
    @discardableResult
    package static func examine(url: String) throws -> Server {
        let server = try reach(url)
        let (one, other) = (
            try PostgreSQLConnection(url: url, role: .bulk), try PostgreSQLConnection(url: url, role: .bulk)
        )
        defer {
            one.close()
            other.close()
        }
        let encoding = try one.value("SHOW server_encoding")
        guard encoding == "UTF8" else { throw DatabaseRefusal.encoding(database: server.place, found: encoding) }
        guard try isPooledByTransaction(one, other) == false else {
            throw DatabaseRefusal.transactionPooling(database: server.place)
        }
        return server
    }

    /// Whether no part of a URL can be the rest of a password that should have been percent-encoded: libpq's messages repeat
    /// hosts, ports and the database, and so does what operators are told.
    package static func isUnambiguous(url: String) -> Bool {
        guard let options = PostgreSQLEncryption.options(PQconninfoParse(url, nil)) else { return false }
        func parts(_ name: String) -> [Substring] {
            (options[name] ?? "").split(separator: ",", omittingEmptySubsequences: false)
        }
        let database = options["dbname"] ?? ""
        // The name of an abstract Unix socket begins with an at sign.
        return parts("host").allSatisfy { !$0.dropFirst().contains("@") }
            && parts("port").allSatisfy { port in
                port.isEmpty || ASCIIDigits.number(port.utf8).map { (1...65_535).contains($0) } == true
            } && !database.contains("@") && !database.contains("/")
    }

    // MARK: A pooler

    /// Whether transactions of one connection are served by different sessions of the server, or those of two by the same.
    ///
    /// With pgbouncer's `pool_mode = transaction` or `statement` a session is free for others after each statement. One at a
    /// time, because a pooler may have a single session to give.
    private static func isPooledByTransaction(_ one: PostgreSQLConnection, _ other: PostgreSQLConnection) throws -> Bool
    {
        // The number of a process is given out again, and not at the same moment.
        let session = "SELECT CAST(pg_backend_pid() AS TEXT) || ' ' || CAST(pg_postmaster_start_time() AS TEXT)"
        let (first, second) = (try one.value(session), try other.value(session))
        if first == second { return true }
        for _ in 1..<StoreLimits.poolerChecks {
            guard try one.value(session) == first, try other.value(session) == second else { return true }
        }
        return false
    }

    // MARK: Reaching a server

    /// Connects to the first host of the URL that takes the connection, and closes it again.
    private static func reach(_ url: String) throws -> Server {
        var causes: [(words: String, isPassing: Bool)] = []
        for host in PostgreSQLConnection.hosts(of: url) {
            switch attempt(url, host) {
            case .success(let server): return server
            case .failure(let refusal): causes.append((refusal.words, refusal.isPassing))
            }
        }
        throw DatabaseRefusal.unreachable(
            cause: causes.map(\.words).joined(separator: "; "), isPassing: causes.contains(where: \.isPassing))
    }

    private struct Failure: Error {
        let words: String
        let isPassing: Bool
    }

    private static func attempt(_ url: String, _ host: [(String, String)]) -> Result<Server, Failure> {
        let parameters = [("application_name", "united-pharmacy"), ("dbname", url)] + host
        let opened = PostgreSQLConnection.withStrings(parameters.map(\.0)) { keywords in
            PostgreSQLConnection.withStrings(parameters.map(\.1)) { PQconnectStartParams(keywords, $0, 1) }
        }
        guard let opened else { return .failure(Failure(words: "out of memory", isPassing: false)) }
        defer { PQfinish(opened) }
        // A failed connection has no SQLSTATE but in its message. The message's own words may be in any language.
        PQsetErrorVerbosity(opened, PQERRORS_SQLSTATE)
        let latest = ContinuousClock.now + StoreLimits.connectTimeout
        var next = PQstatus(opened) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING {
            let events = Int16(next == PGRES_POLLING_READING ? POLLIN : POLLOUT)
            guard PostgreSQLConnection.wait(for: PQsocket(opened), events, until: latest) else {
                let seconds = StoreLimits.connectTimeout.components.seconds
                return .failure(
                    Failure(words: "\(place(of: opened)) did not respond within \(seconds) seconds", isPassing: true))
            }
            next = PQconnectPoll(opened)
        }
        guard next == PGRES_POLLING_OK else { return .failure(failure(of: opened)) }
        return .success(Server(place: place(of: opened)))
    }

    private static func place(of connection: OpaquePointer) -> String {
        func text(_ value: UnsafeMutablePointer<CChar>?) -> String { value.map { String(cString: $0) } ?? "" }
        let (host, port) = (text(PQhost(connection)), text(PQport(connection)))
        return "\(host.isEmpty ? "localhost" : host):\(port)/\(text(PQdb(connection)))"
    }

    // MARK: Why it could not be reached

    private static func failure(of connection: OpaquePointer) -> Failure {
        let message = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
        // libpq's second line is a hint for people at a terminal.
        let words = message.split(whereSeparator: \.isNewline).first.map { String($0).trimmed } ?? "no reason was given"
        guard let state = sqlState(in: words) else {
            return Failure(words: words, isPassing: !isLasting(words))
        }
        let fault = PostgreSQLFault.fault(sqlState: state)
        return Failure(words: "\(place(of: connection)): \(fault.words)", isPassing: isPassing(sqlState: state))
    }

    /// The SQLSTATE that ends a message of the server: `… FATAL:  28P01`.
    static func sqlState(in words: String) -> String? {
        guard let last = words.split(separator: " ").last, last.utf8.count == 5, words.contains(":  ") else {
            return nil
        }
        let isState = last.utf8.allSatisfy {
            ASCIIDigits.isDigit($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
        }
        return isState ? String(last) : nil
    }

    /// Whether time helps: connections, resources, the operator's intervention, the system.
    static func isPassing(sqlState: String) -> Bool {
        ["08", "53", "57", "58"].contains(String(sqlState.prefix(2)))
    }

    /// Whether libpq's own words are of something that stays: what the two sides want of each other does not fit. Names
    /// that are not known, and connections that are refused, are of a server that is not up yet.
    private static func isLasting(_ words: String) -> Bool {
        ["SSL", "certificate", "GSS", "password", "authentication", "invalid", "service"].contains {
            words.contains($0)
        }
            && !words.contains("Name or service not known")
    }
}
#endif
