internal import PharmacyDomain
internal import Synchronization

/// The proofs with the key that the database has, as far as this process knows it. Another process may replace the key at
/// any time: a row that does not hold under the known key is checked against the stored one before it counts as altered.
/// Every transaction of a tenant begins with the tenant's row, whose proof changes with the key, so that nothing is proven
/// with a key that was replaced.
final class GrantProofKeys: Sendable {
    static let name = "authorization"

    private let keyring: Keyring
    private let known: Mutex<GrantProofs>
    let provenTenants = ProvenTenants()

    init(_ keyring: Keyring, _ proofs: GrantProofs) {
        self.keyring = keyring
        known = Mutex(proofs)
    }

    /// The proofs with the newest stored key; `nil` where there is none.
    static func stored(_ keyring: Keyring, in db: any SQLConnection) throws -> GrantProofs? {
        try keyring.keys(.installation, name: name, in: db).last.map { key in
            GrantProofs(key: try keyring.unwrap(key), id: key.id, createdAt: key.createdAt)
        }
    }

    func proof(of grant: some Grant) -> [UInt8] { known.withLock(\.self).proof(of: grant) }

    func holds(_ proof: [UInt8]?, for grant: some Grant, in db: any SQLConnection) throws -> Bool {
        if known.withLock(\.self).holds(proof, for: grant) { return true }
        return try refresh(in: db).holds(proof, for: grant)
    }

    /// Takes up a key that another process has put in the place of the known one. An older snapshot, which still has that
    /// one's predecessor, changes nothing.
    /// - Returns: the proofs with the key as the transaction sees it.
    @discardableResult
    func refresh(in db: any SQLConnection) throws -> GrantProofs {
        guard let stored = try GrantProofKeys.stored(keyring, in: db) else {
            throw StoreError.broken("the key of the authorization data is missing")
        }
        take(stored)
        return stored
    }

    /// Takes up the stored key whatever its age: a database that was restored or promoted may have the predecessor of the
    /// known one, with which everything in it is proven.
    /// - Parameter db: a transaction that has written nothing yet.
    func reload(in db: any SQLConnection) throws {
        guard let stored = try GrantProofKeys.stored(keyring, in: db) else {
            throw StoreError.broken("the key of the authorization data is missing")
        }
        let isOther = known.withLock { known in
            defer { known = stored }
            return known.keyID != stored.keyID
        }
        if isOther { provenTenants.forgetAll() }
    }

    private func take(_ proofs: GrantProofs) {
        let isNew = known.withLock { known in
            guard proofs.keyCreatedAt > known.keyCreatedAt else { return false }
            known = proofs
            return true
        }
        // What held under the former key says nothing any more.
        if isNew { provenTenants.forgetAll() }
    }

    /// Replaces the key, and with it the proof of every row that has one. Nothing else may be written meanwhile
    /// (`WriteScope.everything`), and nothing may be proven after it in the same transaction.
    /// - Parameter bytes: 32 random bytes.
    func replaceKey(with bytes: [UInt8], at now: Timestamp, in db: any SQLConnection) throws {
        let former = try refresh(in: db)
        let key = try keyring.create(
            .installation, name: GrantProofKeys.name, bytes: bytes, at: now.milliseconds, in: db)
        guard let next = try GrantProofKeys.stored(keyring, in: db), next.keyID == key.number else {
            throw StoreError.broken("a key was not stored")
        }
        try GrantConversion.replace(former, by: next, in: db)
        try keyring.remove(former.keyID, in: db)
        db.afterCommit { [self] in take(next) }
    }
}
