internal import PharmacyStore

#if PostgreSQL
extension DatabaseLocation {
    /// How connections to a PostgreSQL database are encrypted.
    /// - Parameters:
    ///   - option: the setting or the option with the URL, for errors.
    ///   - allowingPlaintext: whether a database on another machine may be reached without encryption.
    /// - Throws: `ConfigurationError`, without the URL, which may contain a password.
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
                description: "\(option) must be a URL with ports from 1 to 65535, and without @ and / in the host "
                    + "and the database. Write %40, %2F and %3A for @, / and : in a user name and a password.")
        }
        guard encryption.isProtected || allowingPlaintext else {
            throw ConfigurationError(
                description:
                    "\(option) names another machine, and sslmode=\(encryption.mode.rawValue) does not require "
                    + "encryption. Add sslmode=verify-full, or set UP_DATABASE_ALLOW_PLAINTEXT=yes.")
        }
        return encryption
    }
}
#endif

extension ServerConfiguration {
    /// Prints how connections to a PostgreSQL database are encrypted.
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
                "Database connections are encrypted, and the server's certificate and name are verified (\(mode)).")
        case .verifyCA:
            Terminal.announce(
                "Database connections are encrypted, and the server's certificate is verified, but not its name (\(mode))."
            )
        case .require:
            Terminal.announce("Database connections are encrypted (\(mode)).")
            Terminal.hint(
                "sslmode=require does not verify the identity of the database server: use sslmode=verify-full "
                    + "with sslrootcert.")
        case .disable, .allow, .prefer:
            if encryption.requiresGSSAPI {
                Terminal.announce("Database connections are encrypted by GSSAPI (gssencmode=require).")
            } else {
                Terminal.hint(
                    "Database connections may be unencrypted (\(mode), UP_DATABASE_ALLOW_PLAINTEXT): use "
                        + "sslmode=verify-full with sslrootcert.")
            }
        }
        #endif
    }
}
