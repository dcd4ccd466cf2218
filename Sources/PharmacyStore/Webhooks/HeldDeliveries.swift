package import PharmacyDomain

/// Unreadable URLs and tenants, whose deliveries are not tried yet.
package struct HeldDeliveries: Sendable {
    private let endpoints: Set<Int64>
    private let tenants: Set<String>

    package init(_ held: [QuarantinedItem.Key] = []) {
        endpoints = Set(held.filter { $0.work == .endpoint }.compactMap { Int64($0.item) })
        tenants = Set(held.filter { $0.work == .tenant || $0.work == .webhookSecret }.map(\.tenant.description))
    }

    /// The most URLs of a destination that may have to be skipped.
    var count: Int { endpoints.count }

    func contains(_ endpoint: Int64, of tenant: String) -> Bool {
        endpoints.contains(endpoint) || tenants.contains(tenant)
    }
}
