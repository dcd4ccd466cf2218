internal import Synchronization

/// The master key, and the keys it wraps, opened once and kept in memory.
///
/// Memory holds only keys that are certain to be in the database. A key that an open transaction has made is used within
/// that transaction, and cached after its commit: after a rollback it exists nowhere, and what it would seal would be lost.
final class Keyring: Sendable {
    private let source: MasterKeySource
    private let master = Mutex<(any WrappingKey)?>(nil)
    /// A new master key of this process's own making, which the source may not know yet.
    private let successor = Mutex<(any WrappingKey)?>(nil)
    private let opened = Mutex<[Int64: SealingKey]>([:])

    /// What the keys are for: the `purpose` of a wrapped key.
    enum Purpose: String {
        case tenantData = "tenant-data"
        case installation
        case signing
        /// Has replaced the first key of the audit log's chain; its name is the number of its first entry.
        case audit = "audit-chain"
    }

    /// A key as the database stores it.
    struct WrappedKey {
        let id: Int64
        let purpose: Purpose
        let name: String
        let wrapped: [UInt8]
        let createdAt: Int64

        static let columns: SQL = "SELECT id, purpose, name, wrapped, created_at FROM wrapped_keys"

        init(_ row: any SQLRow) throws {
            guard let purpose = Purpose(rawValue: try row.text(1)) else { throw StoreError.sealBroken }
            self.purpose = purpose
            id = try row.integer(0)
            name = try row.text(2)
            wrapped = try row.blob(3)
            createdAt = try row.integer(4)
        }
    }

    private static let check = "check"
    /// Wraps that are bound to the id of their row: a key moved to another row does not open.
    private static let wrapFormat: Int64 = 2

    init(source: MasterKeySource) {
        self.source = source
    }

    /// Checks that the master key fits the database; a new database takes the first that is offered.
    func begin(at now: Int64, in db: any SQLConnection) throws {
        try bindOlderWraps(in: db)
        if try checkRow(in: db) == nil {
            // With the check its marks would go: a database that has keys is not a new one.
            let hasKeys = try db.row("SELECT 1 FROM wrapped_keys LIMIT 1", []) { _ in true } ?? false
            guard !hasKeys else { throw StoreError.broken("the master key's check is missing") }
            guard let key = candidates().first else { throw StoreError.wrongMasterKey }
            master.withLock { $0 = key }
            let bytes = [UInt8](repeating: 0, count: SealingKey.length)
            _ = try insert(.installation, name: Keyring.check, bytes: bytes, at: now, under: key, in: db)
        } else {
            _ = try masterKey(in: db)
        }
    }

    /// Wraps again the keys of a database whose wraps were not bound to their rows yet. From then on none of that kind
    /// opens.
    private func bindOlderWraps(in db: any SQLConnection) throws {
        let older = try db.rows(
            WrappedKey.columns + "WHERE wrap_format < $1", [.integer(Keyring.wrapFormat)], WrappedKey.init)
        for key in older {
            let (bytes, master) = try open(key.wrapped, at: "key/\(key.purpose.rawValue)/\(key.name)")
            try db.send(
                "UPDATE wrapped_keys SET wrapped = $2, wrap_format = $3 WHERE id = $1",
                [
                    .integer(key.id), .blob(try master.wrap(bytes, as: Keyring.place(of: key))),
                    .integer(Keyring.wrapFormat),
                ])
        }
    }

    /// Whether `bytes` are the master key of the database as this transaction sees it.
    func isMasterKey(_ bytes: [UInt8], in db: any SQLConnection) throws -> Bool {
        guard let key = SealingKey(number: 0, bytes: bytes), let check = try checkRow(in: db) else { return false }
        return (try? key.open(check.wrapped, as: Keyring.place(of: check))) != nil
    }

    /// The master key of the database as this transaction sees it. What is wrapped under another would open no more.
    private func masterKey(in db: any SQLConnection) throws -> any WrappingKey {
        guard let check = try checkRow(in: db) else { throw StoreError.broken("the master key's check is missing") }
        return try open(check.wrapped, at: Keyring.place(of: check)).master
    }

    /// - Throws: `StoreError.wrongMasterKey` where the database has another.
    func checkMasterKey(in db: any SQLConnection) throws { _ = try masterKey(in: db) }

    private func checkRow(in db: any SQLConnection) throws -> WrappedKey? {
        try keys(.installation, name: Keyring.check, in: db).first
    }

    /// What was done once in the installation's life, noted in the bytes that the master key's check seals, one bit each.
    /// Whoever writes the database without the master key can put back an earlier check at the most, and none that is older
    /// than the master key.
    enum Mark: UInt8 {
        /// Rows that grant something have their proofs; one without is not ours.
        case grantsProven = 1
        /// Credentials have the scopes that were once parts of `read` and `write`.
        case scopesDivided = 2
    }

    func hasMark(_ mark: Mark, in db: any SQLConnection) throws -> Bool {
        try marks(in: db).marks & mark.rawValue != 0
    }

    func setMark(_ mark: Mark, in db: any SQLConnection) throws {
        var (check, bytes, marks) = try marks(in: db)
        marks |= mark.rawValue
        bytes[0] = marks
        let sealed = try masterKey(in: db).wrap(bytes, as: Keyring.place(of: check))
        try db.send("UPDATE wrapped_keys SET wrapped = $2 WHERE id = $1", [.integer(check.id), .blob(sealed)])
    }

    private func marks(in db: any SQLConnection) throws -> (check: WrappedKey, bytes: [UInt8], marks: UInt8) {
        guard let check = try checkRow(in: db) else { throw StoreError.broken("the master key's check is missing") }
        let bytes = try unwrap(check)
        guard let marks = bytes.first else { throw StoreError.broken("the master key's check is empty") }
        return (check, bytes, marks)
    }

    private func candidates() -> [any WrappingKey] {
        source.candidates() + [successor.withLock(\.self)].compactMap(\.self)
    }

    /// Makes a wrapped key of its own row. Keys of one name are told apart by their age: each is at least a millisecond
    /// younger than the one before.
    func create(
        _ purpose: Purpose, name: String, bytes: [UInt8], at now: Int64, in db: any SQLConnection
    ) throws -> SealingKey {
        let newest = try keys(purpose, name: name, in: db).last?.createdAt
        return try insert(
            purpose, name: name, bytes: bytes, at: newest.map { max(now, $0 + 1) } ?? now, under: try masterKey(in: db),
            in: db)
    }

    /// The id is random, never a row number that the database may give out again: whatever a rolled back transaction, or
    /// a database that was put back, has sealed under an id, no other key ever has it.
    private func insert(
        _ purpose: Purpose, name: String, bytes: [UInt8], at now: Int64, under master: any WrappingKey,
        in db: any SQLConnection
    ) throws -> SealingKey {
        let id = Int64.random(in: Keyring.ids)
        guard let key = SealingKey(number: id, bytes: bytes) else {
            throw StoreError.broken("a key has another length")
        }
        let wrapped = try master.wrap(bytes, as: Keyring.place(purpose, name, id: id))
        try db.run(
            """
            INSERT INTO wrapped_keys (id, purpose, name, wrapped, created_at, wrap_format)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .integer(id), .text(purpose.rawValue), .text(name), .blob(wrapped), .integer(now),
                .integer(Keyring.wrapFormat),
            ])
        db.afterCommit { [self] in opened.withLock { $0[id] = key } }
        return key
    }

    /// Ids of new keys: beyond the row numbers of older ones, so that the two never meet.
    private static let ids: ClosedRange<Int64> = 1 << 40...Int64.max

    func key(_ id: Int64, in db: any SQLConnection) throws -> SealingKey {
        if let key = opened.withLock({ $0[id] }) { return key }
        let key = try storedKey(id, in: db)
        // In a transaction that writes, the row may be of its own making.
        db.afterCommit { [self] in opened.withLock { $0[id] = key } }
        return key
    }

    /// A key as the database has it, whatever memory says.
    private func storedKey(_ id: Int64, in db: any SQLConnection) throws -> SealingKey {
        let found = try db.row(WrappedKey.columns + "WHERE id = $1", [.integer(id)], WrappedKey.init)
        guard let found, let key = SealingKey(number: id, bytes: try unwrap(found)) else { throw StoreError.sealBroken }
        return key
    }

    /// Makes sure that the database can give a key back before anything is entrusted to it: unwraps the stored one and
    /// compares.
    /// - Throws: `StoreError.broken` when the database has another key, or none; memory then forgets its own.
    func confirm(_ key: SealingKey, in db: any SQLConnection) throws {
        let stored: SealingKey?
        do {
            stored = try storedKey(key.number, in: db)
        } catch StoreError.sealBroken, StoreError.wrongMasterKey {
            stored = nil
        }
        guard stored == key else {
            forget(key.number)
            throw StoreError.broken("a data key in memory is not the stored one")
        }
    }

    /// The bytes of the newest key of a purpose and a name, used otherwise than for sealing.
    func bytes(_ purpose: Purpose, name: String, in db: any SQLConnection) throws -> [UInt8]? {
        try keys(purpose, name: name, in: db).last.map(unwrap)
    }

    /// Keys of a purpose and a name, oldest first.
    func keys(_ purpose: Purpose, name: String, in db: any SQLConnection) throws -> [WrappedKey] {
        try db.rows(
            WrappedKey.columns + "WHERE purpose = $1 AND name = $2 ORDER BY created_at, id",
            [.text(purpose.rawValue), .text(name)], WrappedKey.init)
    }

    /// All keys of a purpose, oldest first.
    func keys(_ purpose: Purpose, in db: any SQLConnection) throws -> [WrappedKey] {
        try db.rows(
            WrappedKey.columns + "WHERE purpose = $1 ORDER BY created_at, id", [.text(purpose.rawValue)],
            WrappedKey.init)
    }

    /// The ids of keys of a purpose and a name, oldest first.
    func ids(_ purpose: Purpose, name: String, in db: any SQLConnection) throws -> [Int64] {
        try db.rows(
            "SELECT id FROM wrapped_keys WHERE purpose = $1 AND name = $2 ORDER BY created_at, id",
            [.text(purpose.rawValue), .text(name)]
        ) { try $0.integer(0) }
    }

    func unwrap(_ key: WrappedKey) throws -> [UInt8] { try open(key.wrapped, at: Keyring.place(of: key)).bytes }

    /// Opens with the master key in use, or with the one that has replaced it.
    private func open(_ wrapped: [UInt8], at place: String) throws -> (bytes: [UInt8], master: any WrappingKey) {
        if let key = master.withLock(\.self), let bytes = try Keyring.unwrap(wrapped, with: key, as: place) {
            return (bytes, key)
        }
        for candidate in candidates() {
            guard let bytes = try Keyring.unwrap(wrapped, with: candidate, as: place) else { continue }
            master.withLock { $0 = candidate }
            return (bytes, candidate)
        }
        throw StoreError.wrongMasterKey
    }

    /// `nil` where it is not the key. A service that does not answer says nothing about that.
    private static func unwrap(_ wrapped: [UInt8], with key: any WrappingKey, as place: String) throws -> [UInt8]? {
        do {
            return try key.unwrap(wrapped, as: place)
        } catch StoreError.sealBroken {
            return nil
        }
    }

    /// Wraps every key under a new master key.
    /// - Returns: how many keys.
    func rewrap(under next: any WrappingKey, in db: any SQLConnection) throws -> Int {
        let keys = try db.rows(WrappedKey.columns, [], WrappedKey.init)
        for key in keys {
            try db.send(
                "UPDATE wrapped_keys SET wrapped = $2 WHERE id = $1",
                [.integer(key.id), .blob(try next.wrap(try unwrap(key), as: Keyring.place(of: key)))])
        }
        // Only a candidate: it opens nothing unless the database has taken it. A commit of unknown outcome may have.
        db.afterTransaction { [self] in successor.withLock { $0 = next } }
        return keys.count
    }

    /// Removes a key's row; memory forgets it with the transaction.
    func remove(_ id: Int64, in db: any SQLConnection) throws {
        try db.send("DELETE FROM wrapped_keys WHERE id = $1", [.integer(id)])
        db.afterTransaction { [self] in forget(id) }
    }

    private func forget(_ id: Int64) {
        opened.withLock { $0[id] = nil }
    }

    /// What each opened key has sealed since this was last asked for; none where it was nothing.
    func takeSealCounts() -> [Int64: Int64] {
        opened.withLock(\.self).mapValues { $0.seals.take() }.filter { $0.value > 0 }
    }

    func putBack(_ counts: [Int64: Int64]) {
        let keys = opened.withLock(\.self)
        for (id, count) in counts { keys[id]?.seals.putBack(count) }
    }

    var openedIDs: Set<Int64> { opened.withLock { Set($0.keys) } }

    /// Forgets opened keys that are stored no more, because another node has removed them.
    /// - Returns: the ids of all that are stored.
    func forgetRemoved(in db: any SQLConnection) throws -> Set<Int64> {
        let stored = Set(try db.rows("SELECT id FROM wrapped_keys", []) { try $0.integer(0) })
        // One that was made since may be missing here: it is opened again when it is needed.
        opened.withLock { $0 = $0.filter { stored.contains($0.key) } }
        return stored
    }

    private static func place(of key: WrappedKey) -> String { place(key.purpose, key.name, id: key.id) }

    private static func place(_ purpose: Purpose, _ name: String, id: Int64) -> String {
        "key/\(purpose.rawValue)/\(name)/\(id)"
    }
}
