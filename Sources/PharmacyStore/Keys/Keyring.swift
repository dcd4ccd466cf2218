internal import Synchronization

/// The keys of the database, unwrapped once and cached in memory.
///
/// The cache holds only keys that are certain to be in the database. A key that an open transaction creates is usable within
/// that transaction, and cached after its commit: after a rollback it exists nowhere, and records that it sealed would be
/// lost.
final class Keyring: Sendable {
    let masterKeys: MasterKeys
    /// Not a `BoundedCache`: an opened key counts its seals, and to forget one would lose those that are not recorded yet. There
    /// are as many as the database has keys.
    private let opened = Mutex<[Int64: SealingKey]>([:])

    /// What a key is for: the `purpose` of a wrapped key.
    enum Purpose: String {
        case tenantData = "tenant-data"
        case installation
        case signing
        /// A successor of the audit chain's first key. Its name is the number of its first entry.
        case audit = "audit-chain"
    }

    init(source: MasterKeySource) {
        masterKeys = MasterKeys(source: source)
    }

    // MARK: Creating and removing keys

    /// Creates a key. Its time of creation is at least a millisecond after that of the newest key of the same name, so that
    /// the times order the keys.
    func create(
        _ purpose: Purpose, name: String, bytes: [UInt8], at now: Int64, in db: any SQLConnection
    ) throws -> SealingKey {
        let newest = try keys(purpose, name: name, in: db).last?.createdAt
        return try insert(
            purpose, name: name, bytes: bytes, at: newest.map { max(now, $0 + 1) } ?? now, under: try masterKey(in: db),
            in: db)
    }

    /// Stores a key under a random id. A row number could be given out again after a rollback or a restore: records that were
    /// sealed under an id must never meet another key with that id.
    func insert(
        _ purpose: Purpose, name: String, bytes: [UInt8], at now: Int64, under master: any WrappingKey,
        in db: any SQLConnection
    ) throws -> SealingKey {
        let id = Int64.random(in: Keyring.ids)
        guard let key = SealingKey(number: id, bytes: bytes) else {
            throw StoreError.broken("a key has another length")
        }
        let wrapped = try master.wrap(bytes, as: WrappedKey.context(purpose, name, id: id))
        try db.run(
            """
            INSERT INTO wrapped_keys (id, purpose, name, wrapped, created_at, wrap_format)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .integer(id), .text(purpose.rawValue), .text(name), .blob(wrapped), .integer(now),
                .integer(WrappedKey.format),
            ])
        db.afterCommit { [self] in opened.withLock { $0[id] = key } }
        return key
    }

    /// Ids of new keys: greater than the row numbers of older ones, so that the two never collide.
    private static let ids: ClosedRange<Int64> = 1 << 40...Int64.max

    /// Removes a key's row, and the key from memory after the transaction.
    func remove(_ id: Int64, in db: any SQLConnection) throws {
        try db.send("DELETE FROM wrapped_keys WHERE id = $1", [.integer(id)])
        db.afterTransaction { [self] in forget(id) }
    }

    // MARK: Using keys

    /// - Throws: `StoreError.sealBroken` for an unknown key.
    func key(_ id: Int64, in db: any SQLConnection) throws -> SealingKey {
        if let key = opened.withLock({ $0[id] }) { return key }
        let key = try storedKey(id, in: db)
        // Not before the commit: this transaction may have created the row.
        db.afterCommit { [self] in opened.withLock { $0[id] = key } }
        return key
    }

    /// A key as the database stores it, whatever the cache contains.
    private func storedKey(_ id: Int64, in db: any SQLConnection) throws -> SealingKey {
        let found = try db.row(WrappedKey.columns + "WHERE id = $1", [.integer(id)], WrappedKey.init)
        guard let found, let key = SealingKey(number: id, bytes: try unwrap(found)) else { throw StoreError.sealBroken }
        return key
    }

    /// Checks that the database can return a key before many records are sealed with it: unwraps the stored key and compares.
    /// - Throws: `StoreError.broken` where the database has another key, or none. The key is then removed from the cache.
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

    /// Whether a stored key unwraps, whatever the cache contains.
    func opens(_ id: Int64, in db: any SQLConnection) throws -> Bool {
        let found = try db.row(WrappedKey.columns + "WHERE id = $1", [.integer(id)]) { try? WrappedKey($0) } ?? nil
        guard let found else { return false }
        return (try? unwrap(found)) != nil
    }

    /// The bytes of the newest key of a name, for other uses than sealing; `nil` where there is none.
    func bytes(_ purpose: Purpose, name: String, in db: any SQLConnection) throws -> [UInt8]? {
        try keys(purpose, name: name, in: db).last.map(unwrap)
    }

    /// - Throws: `StoreError.wrongMasterKey`, `StoreError.unavailable`.
    func unwrap(_ key: WrappedKey) throws -> [UInt8] { try masterKeys.unwrap(key.wrapped, as: key.context).bytes }

    // MARK: Listing keys

    /// The keys of a name, oldest first.
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

    /// The ids of the keys of a name, oldest first.
    func ids(_ purpose: Purpose, name: String, in db: any SQLConnection) throws -> [Int64] {
        try db.rows(
            "SELECT id FROM wrapped_keys WHERE purpose = $1 AND name = $2 ORDER BY created_at, id",
            [.text(purpose.rawValue), .text(name)]
        ) { try $0.integer(0) }
    }

    // MARK: Memory

    private func forget(_ id: Int64) {
        opened.withLock { $0[id] = nil }
    }

    /// Removes cached keys that another node has removed from the database.
    /// - Returns: the ids of all stored keys.
    func forgetRemoved(in db: any SQLConnection) throws -> Set<Int64> {
        let stored = Set(try db.rows("SELECT id FROM wrapped_keys", []) { try $0.integer(0) })
        // A key that was created after this read is removed too; it is unwrapped again when it is needed.
        opened.withLock { $0 = $0.filter { stored.contains($0.key) } }
        return stored
    }

    var openedIDs: Set<Int64> { opened.withLock { Set($0.keys) } }

    /// Returns how many records each cached key has sealed since the last call, and sets the counters to 0. Keys without
    /// seals are left out.
    func drainSealCounts() -> [Int64: Int64] {
        opened.withLock(\.self).mapValues { $0.seals.drain() }.filter { $0.value > 0 }
    }

    /// Adds counts again that could not be recorded.
    func restoreSealCounts(_ counts: [Int64: Int64]) {
        let keys = opened.withLock(\.self)
        for (id, count) in counts { keys[id]?.seals.add(count) }
    }
}
