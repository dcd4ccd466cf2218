#if PostgreSQL
internal import CLibPQ
internal import PharmacyDomain

/// Checks, before anything is written, whether a PostgreSQL server can be reached and whether its database suits this program.
package enum PostgreSQLProbe {
    package struct Server: Sendable {
        /// Host, port and database, without user and password.
        package let place: String
    }

    /// Connects, and checks the database's encoding and whether a pooler is in front of it. Blocks for up to some seconds for
    /// each host of the URL.
    /// - Throws: `DatabaseRefusal`; `StoreError.unavailable` for a server that stops meanwhile.
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

    /// Whether no part of a URL can be the rest of a password that should have been percent-encoded. Messages to operators
    /// contain the hosts, the ports and the database.
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

    /// Whether a pooler serves transactions of one connection by different sessions of the server, or two connections by the
    /// same session.
    ///
    /// With pgbouncer's `pool_mode = transaction` or `statement` a session serves others after each statement. The connections
    /// are used one at a time, because a pooler may have a single session.
    private static func isPooledByTransaction(_ one: PostgreSQLConnection, _ other: PostgreSQLConnection) throws -> Bool
    {
        // Process numbers are reused, but not within the same start of the server.
        let session = "SELECT CAST(pg_backend_pid() AS TEXT) || ' ' || CAST(pg_postmaster_start_time() AS TEXT)"
        let (first, second) = (try one.value(session), try other.value(session))
        if first == second { return true }
        for _ in 1..<StoreLimits.poolerChecks {
            guard try one.value(session) == first, try other.value(session) == second else { return true }
        }
        return false
    }

    // MARK: Reaching a server

    /// Connects to the first host of the URL that accepts the connection, and closes it again.
    private static func reach(_ url: String) throws -> Server {
        var failures: [PostgreSQLConnectFailure] = []
        let connector = PostgreSQLConnector(url: url)
        for host in connector.hosts {
            do throws(PostgreSQLConnectFailure) {
                let opened = try connector.open(host)
                defer { PQfinish(opened) }
                return Server(place: PostgreSQLConnector.place(of: opened))
            } catch {
                failures.append(error)
            }
        }
        throw DatabaseRefusal.unreachable(
            cause: failures.map(\.cause).joined(separator: "; "), isPassing: failures.contains(where: \.isPassing))
    }
}
#endif
