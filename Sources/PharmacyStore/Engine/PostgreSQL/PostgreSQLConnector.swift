#if PostgreSQL
internal import CLibPQ
internal import Glibc
internal import PharmacyDomain

/// Opens connections to the hosts of a URL, each within `StoreLimits.connectTimeout`.
///
/// libpq's own calls that try several hosts would wait for the first of them without an end. Names are resolved within the
/// operating system's time limits.
struct PostgreSQLConnector {
    /// The keywords of libpq that select one host of a URL, with their values.
    typealias Host = [(keyword: String, value: String)]

    /// `postgres://…`, or a list of libpq's keywords (PostgreSQL documentation, Connection Strings).
    let url: String

    /// The hosts that the URL names; one without keywords where it names a single host, or where the environment names it.
    var hosts: [Host] {
        guard let options = PQconninfoParse(url, nil) else { return [[]] }
        defer { PQconninfoFree(options) }
        var lists: [String: [String]] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            let name = String(cString: keyword)
            if let value = option.pointee.val, ["host", "hostaddr", "port"].contains(name) {
                lists[name] = String(cString: value).split(separator: ",", omittingEmptySubsequences: false)
                    .map(String.init)
            }
            option += 1
        }
        let count = max(lists["host"]?.count ?? 0, lists["hostaddr"]?.count ?? 0)
        guard count > 1 else { return [[]] }
        return (0..<count).map { index in
            lists.keys.sorted().compactMap { name in
                guard let values = lists[name], let first = values.first else { return nil }
                return (name, values.count == count ? values[index] : first)
            }
        }
    }

    /// Opens a connection, whose owner must close it (`PQfinish`). Blocks.
    func open(_ host: Host) throws(PostgreSQLConnectFailure) -> OpaquePointer {
        let defaults = [
            // A server that disappears is noticed within half a minute, and at once where something is sent.
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "\(StoreLimits.connectTimeout.milliseconds)"),
            ("application_name", "united-pharmacy"),
        ]
        // Of two values for a keyword libpq uses the last: the URL's replaces the default, and the selected host the URL's.
        let parameters =
            defaults + [("dbname", url), ("client_encoding", "UTF8")] + host.map { ($0.keyword, $0.value) }
        let opened = PostgreSQLConnector.withStrings(parameters.map(\.0)) { keywords in
            PostgreSQLConnector.withStrings(parameters.map(\.1)) { PQconnectStartParams(keywords, $0, 1) }
        }
        guard let opened else { throw .outOfMemory }
        // Until the connection is made, its message contains the SQLSTATE, which is the same in every language.
        PQsetErrorVerbosity(opened, PQERRORS_VERBOSE)
        do throws(PostgreSQLConnectFailure) {
            try finishHandshake(of: opened)
        } catch {
            PQfinish(opened)
            throw error
        }
        PQsetErrorVerbosity(opened, PQERRORS_SQLSTATE)
        return opened
    }

    private func finishHandshake(of opened: OpaquePointer) throws(PostgreSQLConnectFailure) {
        let latest = ContinuousClock.now + StoreLimits.connectTimeout
        var next = PQstatus(opened) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING {
            let events = Int16(next == PGRES_POLLING_READING ? POLLIN : POLLOUT)
            guard PostgreSQLConnection.wait(for: PQsocket(opened), events, until: latest) else {
                throw .timedOut(at: PostgreSQLConnector.place(of: opened))
            }
            next = PQconnectPoll(opened)
        }
        guard next == PGRES_POLLING_OK else { throw failure(of: opened) }
    }

    private func failure(of opened: OpaquePointer) -> PostgreSQLConnectFailure {
        PostgreSQLConnectFailure(
            message: PQerrorMessage(opened).map { String(cString: $0) } ?? "",
            password: PQpass(opened).map { String(cString: $0) } ?? "",
            isUnambiguous: url.split(separator: "?", maxSplits: 1)[0].count { $0 == "@" } <= 1,
            place: PostgreSQLConnector.place(of: opened))
    }

    /// Host, port and database of a connection, without user and password.
    static func place(of connection: OpaquePointer) -> String {
        func text(_ value: UnsafeMutablePointer<CChar>?) -> String { value.map { String(cString: $0) } ?? "" }
        let (host, port) = (text(PQhost(connection)), text(PQport(connection)))
        return "\(host.isEmpty ? "localhost" : host):\(port)/\(text(PQdb(connection)))"
    }

    private static func withStrings<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
    ) -> Result {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return (copies.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
#endif
