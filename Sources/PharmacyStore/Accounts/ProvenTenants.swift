internal import Synchronization

/// Rows of tenants with the proofs that were found to hold for them. What holds for the same bytes does so until the key is
/// replaced, so that nothing else here can be out of date.
final class ProvenTenants: Sendable {
    private let rows = Mutex<[Int64: (grant: TenantGrant, proof: [UInt8])]>([:])

    func contains(_ grant: TenantGrant, _ proof: [UInt8]) -> Bool {
        rows.withLock { rows in
            guard let known = rows[grant.row] else { return false }
            return known.proof == proof && known.grant == grant
        }
    }

    func insert(_ grant: TenantGrant, _ proof: [UInt8]) {
        rows.withLock { rows in
            if rows.count >= StoreLimits.provenTenants { rows = [:] }
            rows[grant.row] = (grant, proof)
        }
    }

    func forgetAll() { rows.withLock { $0 = [:] } }
}
