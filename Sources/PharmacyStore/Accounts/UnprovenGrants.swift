internal import PharmacyDomain
internal import Synchronization

/// Unproven rows that were found and not reported yet.
///
/// What a transaction has found is true whether or not the transaction is committed, and most that find such a row are
/// not: it is noted at once.
package final class UnprovenGrants: Sendable {
    private let found = Mutex<[UnprovenGrant: Int]>([:])
    /// Yields when something was found.
    package let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    init() {
        (arrivals, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func note(_ grant: UnprovenGrant) {
        found.withLock { found in
            let hasRoom = found[grant] != nil || found.count < StoreLimits.unprovenGrants
            // Past the limit rows are counted by their kind alone.
            found[hasRoom ? grant : UnprovenGrant(kind: grant.kind, tenant: nil, name: "more"), default: 0] += 1
        }
        arrived.yield()
    }

    /// What was found since the last call, and how often.
    package func take() -> [UnprovenGrant: Int] {
        found.withLock { found in
            defer { found = [:] }
            return found
        }
    }
}

extension Store {
    /// Whether a row is as this installation wrote it. One that is not is noted, and the caller treats it as absent.
    func isProven(_ grant: some Grant, by proof: [UInt8]?, in db: any SQLConnection) throws -> Bool {
        if try proofs.holds(proof, for: grant, in: db) { return true }
        unproven.note(UnprovenGrant(grant))
        return false
    }

    /// `isProven(_:by:)` for the row that every transaction of a tenant begins with: one that has not changed since it was
    /// last checked is not checked again.
    func isProven(tenant grant: TenantGrant, by proof: [UInt8]?, in db: any SQLConnection) throws -> Bool {
        guard let proof else { return try isProven(grant, by: nil, in: db) }
        if proofs.provenTenants.contains(grant, proof) { return true }
        guard try isProven(grant, by: proof, in: db) else { return false }
        proofs.provenTenants.insert(grant, proof)
        return true
    }

    /// Whether a row that is not revoked may be so: not when the audit log has its revocation. Then somebody has put back
    /// an earlier state of the row, with the proof of that time. It is noted, and the caller treats the row as absent.
    func isNewest(_ grant: some Grant, isRevoked: Bool, inLog isLogged: Bool) -> Bool {
        if isRevoked || !isLogged { return true }
        unproven.note(UnprovenGrant(grant))
        return false
    }
}
