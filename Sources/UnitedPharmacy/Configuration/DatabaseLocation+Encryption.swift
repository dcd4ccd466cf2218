internal import PharmacyStore

#if PostgreSQL
extension DatabaseLocation {
    /// How connections to a PostgreSQL database will be encrypted.
    /// - Parameters:
    ///   - option: names the URL in the error.
    ///   - allowingPlaintext: whether a database on another machine may be reached without encryption.
    /// - Throws: `ConfigurationError`, which does not hold the URL: there may be a password in it.
    @discardableResult
    static func encryption(
        of url: String, option: String, allowingPlaintext: Bool
    ) throws -> PostgreSQLEncryption {
        guard let encryption = PostgreSQLEncryption(url: url) else {
            throw ConfigurationError(
                description: "\(option) must be a URL that libpq can read, like "
                    + "postgres://user@host/database?sslmode=verify-full.")
        }
        guard PostgreSQLProbe.isUnambiguous(url: url) else {
            throw ConfigurationError(
                description: "\(option) must be a URL with ports from 1 to 65535, and without @ and / in host and "
                    + "database: write %40, %2F and %3A for @, / and : in a user's name and a password.")
        }
        guard encryption.isProtected || allowingPlaintext else {
            throw ConfigurationError(
                description: "\(option) names another machine, and sslmode=\(encryption.mode.rawValue) does not insist "
                    + "on encryption: add sslmode=verify-full, or set UP_DATABASE_ALLOW_PLAINTEXT=yes.")
        }
        return encryption
    }
}
#endif

extension ServerConfiguration {
    /// Says how connections to the database are encrypted, where there are any.
    func announceDatabaseEncryption() throws {
        #if PostgreSQL
        guard let databaseURL else { return }
        let encryption = try DatabaseLocation.encryption(
            of: databaseURL, option: "UP_DATABASE_URL", allowingPlaintext: allowsPlaintextDatabase)
        let mode = "sslmode=\(encryption.mode.rawValue)"
        if encryption.isLocal {
            return Terminal.announce("Database connections stay on this machine (\(mode)).")
        }
        switch encryption.mode {
        case .verifyFull:
            Terminal.announce(
                "Database connections are encrypted, and the server's certificate and name are checked (\(mode)).")
        case .verifyCA:
            Terminal.announce("Database connections are encrypted; only the server's certificate is checked (\(mode)).")
        case .require:
            Terminal.announce("Database connections are encrypted (\(mode)).")
            Terminal.hint(
                "sslmode=require does not check which server the database connections reach: use sslmode=verify-full "
                    + "with sslrootcert.")
        case .disable, .allow, .prefer:
            if encryption.requiresGSSAPI {
                Terminal.announce("Database connections are encrypted by GSSAPI (gssencmode=require).")
            } else {
                Terminal.hint(
                    "Database connections may cross the network in clear (\(mode), UP_DATABASE_ALLOW_PLAINTEXT): use "
                        + "sslmode=verify-full with sslrootcert.")
            }
        }
        #endif
    }
}
