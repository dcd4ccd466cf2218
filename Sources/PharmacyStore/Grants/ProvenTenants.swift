internal import PharmacyDomain
internal import Synchronization

/// Tenants' rows whose proofs have been verified. An entry stays valid until the key of the proofs is rotated.
final class ProvenTenants: Sendable {
    private let rows = Mutex(
        BoundedCache<Int64, (grant: TenantGrant, proof: [UInt8])>(capacity: StoreLimits.provenTenants))

    func contains(_ grant: TenantGrant, _ proof: [UInt8]) -> Bool {
        rows.withLock { rows in
            guard let known = rows[grant.row] else { return false }
            return known.proof == proof && known.grant == grant
        }
    }

    func insert(_ grant: TenantGrant, _ proof: [UInt8]) {
        rows.withLock { _ = $0.insert((grant, proof), for: grant.row) }
    }

    func forgetAll() { rows.withLock { $0.removeAll() } }
}
