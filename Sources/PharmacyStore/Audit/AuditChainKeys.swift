internal import PharmacyDomain
internal import Synchronization

/// The keys of the audit log's chain, including keys that another process adds.
final class AuditChainKeys: Sendable {
    private static let name = "audit"

    private let keyring: Keyring
    private let known: Mutex<AuditChain>

    /// - Throws: `StoreError.broken` where the first key is missing.
    init(_ keyring: Keyring, in db: any SQLConnection) throws {
        self.keyring = keyring
        known = Mutex(try AuditChainKeys.stored(keyring, in: db))
    }

    /// Whether the database has the first key.
    static func exist(_ keyring: Keyring, in db: any SQLConnection) throws -> Bool {
        try !keyring.ids(.installation, name: name, in: db).isEmpty
    }

    /// Creates the first key.
    static func begin(_ keyring: Keyring, bytes: [UInt8], at now: Timestamp, in db: any SQLConnection) throws {
        _ = try keyring.create(.installation, name: name, bytes: bytes, at: now.milliseconds, in: db)
    }

    /// Adds the key for all entries from `first` on.
    /// - Parameter bytes: 32 random bytes.
    func add(_ bytes: [UInt8], first: Int64, at now: Timestamp, in db: any SQLConnection) throws {
        _ = try keyring.create(.audit, name: String(first), bytes: bytes, at: now.milliseconds, in: db)
    }

    /// The chain in this transaction's view.
    /// - Parameter successors: how many keys came after the first one.
    func chain(successors: Int, in db: any SQLConnection) throws -> AuditChain {
        let chain = known.withLock(\.self)
        if chain.successors == successors { return chain }
        let stored = try AuditChainKeys.stored(keyring, in: db)
        // Not before the commit, because of rollbacks; and an older snapshot with fewer keys changes nothing.
        db.afterCommit { [self] in known.withLock { if stored.successors > $0.successors { $0 = stored } } }
        return stored
    }

    /// Loads the stored keys even if they are fewer or different: a database that was restored or promoted may lack a known key.
    /// - Parameter db: a transaction that has not written yet.
    func reload(in db: any SQLConnection) throws {
        let stored = try AuditChainKeys.stored(keyring, in: db)
        known.withLock { $0 = stored }
    }

    /// A key's name is the number of its first entry. The wrap is bound to it.
    private static func stored(_ keyring: Keyring, in db: any SQLConnection) throws -> AuditChain {
        guard let first = try keyring.bytes(.installation, name: name, in: db) else {
            throw StoreError.broken("the audit log's key is missing")
        }
        let successors = try keyring.keys(.audit, in: db).map { key in
            guard let entry = Int64(key.name) else { throw StoreError.broken("a key of the audit log cannot be read") }
            return (first: entry, key: try keyring.unwrap(key))
        }
        return AuditChain(key: first, successors: successors)
    }
}
