internal import Crypto
internal import PharmacyDomain

/// The number of an order's lane, the same on all nodes.
enum DispatchLane {
    /// Rows of tenants are smaller. A lane whose number is a tenant's row has orders from before there were lanes.
    private static let base = Int64(1) << 62

    static func number(tenant: Int64, pharmacy: PharmacyID) -> Int64 {
        let digest = SHA256.hash(data: Array("\(tenant)/\(pharmacy)".utf8))
        return base | digest.prefix(8).reduce(0) { $0 << 8 | Int64($1) } & (base - 1)
    }
}
