#if PostgreSQL
internal import PharmacyDomain

extension PostgreSQLConnection {
    /// Writes the live rows of the table of keys to a new file and removes the old one. Must not be called within a
    /// transaction.
    /// - Returns: whether it is done. It is not while others hold the table, as a dump does until its end.
    func rewriteKeys() throws -> Bool {
        try execute("SET lock_timeout = \(StoreLimits.scrubLockTimeout.milliseconds)")
        do {
            try execute("VACUUM FULL wrapped_keys")
            return true
        } catch StoreError.locked {
            return false
        }
    }

    /// Creates a database on the same server. Must not be called within a transaction.
    /// - Parameters:
    ///   - name: lower-case letters, digits and `_`.
    ///   - template: the name of a database without connections, of which the new one becomes a copy; `nil`: it is empty.
    /// - Throws: `StoreError`.
    func createDatabase(_ name: String, copying template: String?) throws {
        let isPlain = [name, template ?? name].allSatisfy { name in
            !name.isEmpty
                && name.utf8.allSatisfy { byte in
                    byte == UInt8(ascii: "_") || ASCIIDigits.isDigit(byte)
                        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                }
        }
        guard isPlain else { throw StoreError.broken("a database cannot have this name") }
        try execute("CREATE DATABASE \(name)" + (template.map { " TEMPLATE \($0)" } ?? ""))
    }
}
#endif
