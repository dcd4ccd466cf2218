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

    /// How many orders were submitted in each of several spans of time, and how many of those have failed. Reads indexes.
    /// - Parameters:
    ///   - start: of the first span.
    ///   - step: the length of each span, 1 ms or more.
    ///   - count: the number of spans, 1 or more.
    package func orderCounts(from start: Timestamp, step: Duration, count: Int) throws -> [OrderCount] {
        var counts = (0..<count).map { OrderCount(start: start + step * $0) }
        // A statement that groups all of them by a computed number takes several times as long.
        for index in counts.indices {
            counts[index].submitted =
                try db.row(
                    "SELECT COUNT(*) FROM orders WHERE tenant_id = $1 AND created_at >= $2 AND created_at < $3",
                    [
                        tenantValue, .integer(counts[index].start.milliseconds),
                        .integer((counts[index].start + step).milliseconds),
                    ]
                ) { Int(try $0.integer(0)) } ?? 0
        }
        // A tenant's orders are numbered in the order of their times (`stamp(at:)`). Engines would otherwise read all orders of the
        // time for those that failed.
        try db.forEachRow(
            of: """
                SELECT (created_at - $2) / $3, COUNT(*) FROM orders
                WHERE tenant_id = $1 AND status = 'failed' AND id >= (
                    SELECT id FROM orders WHERE tenant_id = $1 AND created_at >= $2 ORDER BY created_at, id LIMIT 1)
                GROUP BY 1
                """, [tenantValue, .integer(start.milliseconds), .integer(step.milliseconds)]
        ) { row in
            let index = Int(try row.integer(0))
            if counts.indices.contains(index) { counts[index].failed = Int(try row.integer(1)) }
        }
        return counts
    }
}
