package import PharmacyDomain

extension TenantScope {
    /// How many orders have each status. Reads an index.
    package func orderCounts() throws -> [OrderStatus: Int] {
        var counts: [OrderStatus: Int] = [:]
        try db.forEachRow(
            of: "SELECT status, COUNT(*) FROM orders WHERE tenant_id = $1 GROUP BY status", [tenantValue]
        ) { row in
            if let status = OrderStatus(rawValue: try row.text(0)) { counts[status] = Int(try row.integer(1)) }
        }
        return counts
    }
}
