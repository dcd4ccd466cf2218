#if PostgreSQL
internal import CLibPQ
internal import PharmacyDomain

/// How connections to a PostgreSQL database will be encrypted, as libpq reads the URL, a service file and this process's
/// environment (`PGSSLMODE`, `PGHOST` and so on). No connection is made.
package struct PostgreSQLEncryption: Hashable, Sendable {
    /// libpq's `sslmode` (PostgreSQL documentation, SSL Support).
    package enum Mode: String, Sendable {
        case disable
        case allow
        case prefer
        /// Encrypted, but the server is not authenticated.
        case require
        /// The server's certificate is checked, its name is not.
        case verifyCA = "verify-ca"
        case verifyFull = "verify-full"
    }

    package let mode: Mode
    /// Whether every host is a Unix socket or a loopback address.
    package let isLocal: Bool
    /// Whether connections that GSSAPI does not encrypt are refused (`gssencmode=require`).
    package let requiresGSSAPI: Bool

    /// Whether no connection can be read on a network.
    package var isProtected: Bool {
        if isLocal || requiresGSSAPI { return true }
        switch mode {
        case .require, .verifyCA, .verifyFull: return true
        case .disable, .allow, .prefer: return false
        }
    }

    /// `nil` for what libpq cannot read.
    /// - Parameter url: `postgres://…` with libpq's parameters.
    package init?(url: String) {
        guard let given = PostgreSQLEncryption.options(PQconninfoParse(url, nil)) else { return nil }
        // libpq looks up a service that the URL names when it connects, and the service takes precedence over the environment.
        // Only the URL itself is certain then.
        let hasService = given["service"]?.isEmpty == false
        let defaults = hasService ? [:] : PostgreSQLEncryption.options(PQconndefaults()) ?? [:]
        func value(_ keyword: String) -> String? { given[keyword] ?? defaults[keyword] }
        guard let mode = Mode(rawValue: value("sslmode") ?? Mode.prefer.rawValue) else { return nil }
        self.mode = mode
        requiresGSSAPI = value("gssencmode") == "require"
        let (hosts, addresses) = (value("host"), value("hostaddr"))
        isLocal =
            hasService && hosts == nil && addresses == nil
            ? false : PostgreSQLEncryption.areLocal(hosts: hosts ?? "", addresses: addresses ?? "")
    }

    /// Whether all hosts of libpq's two lists are this machine. An address takes precedence over the host at its index. Where
    /// both are empty, libpq uses the default Unix socket.
    private static func areLocal(hosts: String, addresses: String) -> Bool {
        let hosts = hosts.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let addresses = addresses.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        return (0..<max(hosts.count, addresses.count)).allSatisfy { place in
            if place < addresses.count, !addresses[place].isEmpty { return LoopbackHost.contains(addresses[place]) }
            guard place < hosts.count, !hosts[place].isEmpty else { return true }
            let host = hosts[place]
            return host.hasPrefix("/") || host.hasPrefix("@") || LoopbackHost.contains(host)
        }
    }

    /// The options that have a value, by their keywords; `nil` where there is no list.
    /// - Parameter list: this method frees it.
    static func options(_ list: UnsafeMutablePointer<PQconninfoOption>?) -> [String: String]? {
        guard let list else { return nil }
        defer { PQconninfoFree(list) }
        var options: [String: String] = [:]
        var option = list
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { options[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return options
    }
}
#endif
