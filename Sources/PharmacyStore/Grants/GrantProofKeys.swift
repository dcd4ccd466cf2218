internal import PharmacyDomain
internal import Synchronization

/// The proofs with the database's key, cached in memory. Another process may rotate the key at any time: a row without a valid
/// proof under the cached key is verified with the stored key before it counts as altered. Every transaction of a tenant begins
/// with the tenant's row, whose proof changes with the key, so that no proof is created with an old key.
final class GrantProofKeys: Sendable {
    static let name = "authorization"

    private let keyring: Keyring
    private let known: Mutex<GrantProofs>
    let provenTenants = ProvenTenants()

    init(_ keyring: Keyring, _ proofs: GrantProofs) {
        self.keyring = keyring
        known = Mutex(proofs)
    }

    /// The proofs with the newest stored key; `nil` without one.
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

    /// Loads a key to which another process has rotated. An older snapshot, which still has the previous key, changes nothing.
    /// - Returns: the proofs with the key in this transaction's view.
    @discardableResult
    func refresh(in db: any SQLConnection) throws -> GrantProofs {
        guard let stored = try GrantProofKeys.stored(keyring, in: db) else {
            throw StoreError.broken("the key of the authorization data is missing")
        }
        adopt(stored)
        return stored
    }

    /// Loads the stored key whatever its age: a database that was restored or promoted may have an older key, with which all of
    /// its proofs were created.
    /// - Parameter db: a transaction that has not written yet.
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

    private func adopt(_ proofs: GrantProofs) {
        let isNew = known.withLock { known in
            guard proofs.keyCreatedAt > known.keyCreatedAt else { return false }
            known = proofs
            return true
        }
        // Rows that were proven under the previous key have new proofs.
        if isNew { provenTenants.forgetAll() }
    }

    /// Rotates the key, and replaces the proof of every row. It must be the only write (`WriteScope.everything`), and no proof may be
    /// created after it in the same transaction.
    /// - Parameter bytes: 32 random bytes.
    func rotateKey(with bytes: [UInt8], at now: Timestamp, in db: any SQLConnection) throws {
        let former = try refresh(in: db)
        let key = try keyring.create(
            .installation, name: GrantProofKeys.name, bytes: bytes, at: now.milliseconds, in: db)
        guard let next = try GrantProofKeys.stored(keyring, in: db), next.keyID == key.number else {
            throw StoreError.broken("a key was not stored")
        }
        try GrantConversion.replaceProofs(former, with: next, in: db)
        try keyring.remove(former.keyID, in: db)
        db.afterCommit { [self] in adopt(next) }
    }
}
