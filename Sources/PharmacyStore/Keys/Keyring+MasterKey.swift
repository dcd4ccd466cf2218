extension Keyring {
    private static let checkName = "check"

    /// Checks that the master key fits the database. A new database takes the first key of the source.
    /// - Throws: `StoreError.wrongMasterKey`.
    func begin(at now: Int64, in db: any SQLConnection) throws {
        try bindOlderWraps(in: db)
        if try check(in: db) == nil {
            // Without the check its marks would be lost: a database that has keys is not a new one.
            let hasKeys = try db.row("SELECT 1 FROM wrapped_keys LIMIT 1", []) { _ in true } ?? false
            guard !hasKeys else { throw StoreError.broken("the master key's check is missing") }
            let key = try masterKeys.first()
            let bytes = [UInt8](repeating: 0, count: SealingKey.length)
            _ = try insert(.installation, name: Keyring.checkName, bytes: bytes, at: now, under: key, in: db)
        } else {
            _ = try masterKey(in: db)
        }
    }

    /// Rewraps keys whose wraps an earlier version did not bind to their rows. Wraps of that kind are not accepted
    /// afterwards.
    private func bindOlderWraps(in db: any SQLConnection) throws {
        let older = try db.rows(
            WrappedKey.columns + "WHERE wrap_format < $1", [.integer(WrappedKey.format)], WrappedKey.init)
        for key in older {
            let (bytes, master) = try masterKeys.unwrap(key.wrapped, as: key.contextWithoutRow)
            try db.send(
                "UPDATE wrapped_keys SET wrapped = $2, wrap_format = $3 WHERE id = $1",
                [.integer(key.id), .blob(try master.wrap(bytes, as: key.context)), .integer(WrappedKey.format)])
        }
    }

    /// Whether `bytes` are the master key of the database, in this transaction's view.
    func isMasterKey(_ bytes: [UInt8], in db: any SQLConnection) throws -> Bool {
        guard let key = SealingKey(number: 0, bytes: bytes), let check = try check(in: db) else { return false }
        return (try? key.open(check.wrapped, as: check.context)) != nil
    }

    /// The master key of the database, in this transaction's view. A key that is wrapped by another one could not be unwrapped
    /// any more.
    func masterKey(in db: any SQLConnection) throws -> any WrappingKey {
        let check = try storedCheck(in: db)
        return try masterKeys.unwrap(check.wrapped, as: check.context).key
    }

    /// - Throws: `StoreError.wrongMasterKey` where the database has another master key.
    func checkMasterKey(in db: any SQLConnection) throws { _ = try masterKey(in: db) }

    /// Rewraps every key under a new master key.
    /// - Returns: how many keys were rewrapped.
    func rewrap(under next: any WrappingKey, in db: any SQLConnection) throws -> Int {
        let keys = try db.rows(WrappedKey.columns, [], WrappedKey.init)
        for key in keys {
            try db.send(
                "UPDATE wrapped_keys SET wrapped = $2 WHERE id = $1",
                [.integer(key.id), .blob(try next.wrap(try unwrap(key), as: key.context))])
        }
        // After a rollback too: a commit of unknown outcome may have stored the wraps.
        db.afterTransaction { [masterKeys] in masterKeys.add(successor: next) }
        return keys.count
    }

    // MARK: Marks

    /// A step that is done once in the life of an installation. Marks are bits in the bytes that the master key's check seals:
    /// somebody who can write the database but has no master key can only put back an earlier check under the same master
    /// key.
    enum Mark: UInt8 {
        /// Rows that grant access have proofs. A row without a proof is not genuine.
        case grantsProven = 1
        /// Credentials have the scopes that used to be parts of `read` and `write`.
        case scopesDivided = 2
    }

    func hasMark(_ mark: Mark, in db: any SQLConnection) throws -> Bool {
        try marks(in: db).marks & mark.rawValue != 0
    }

    func setMark(_ mark: Mark, in db: any SQLConnection) throws {
        var (check, bytes, marks) = try marks(in: db)
        marks |= mark.rawValue
        bytes[0] = marks
        let sealed = try masterKey(in: db).wrap(bytes, as: check.context)
        try db.send("UPDATE wrapped_keys SET wrapped = $2 WHERE id = $1", [.integer(check.id), .blob(sealed)])
    }

    private func marks(in db: any SQLConnection) throws -> (check: WrappedKey, bytes: [UInt8], marks: UInt8) {
        let check = try storedCheck(in: db)
        let bytes = try unwrap(check)
        guard let marks = bytes.first else { throw StoreError.broken("the master key's check is empty") }
        return (check, bytes, marks)
    }

    private func storedCheck(in db: any SQLConnection) throws -> WrappedKey {
        guard let check = try check(in: db) else { throw StoreError.broken("the master key's check is missing") }
        return check
    }

    private func check(in db: any SQLConnection) throws -> WrappedKey? {
        try keys(.installation, name: Keyring.checkName, in: db).first
    }
}
