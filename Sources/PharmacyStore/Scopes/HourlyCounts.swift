package import PharmacyDomain

/// What is counted by hour for each tenant, for figures over a time that the records themselves need not cover: one table, with a
/// row for each tenant, hour and kind.
package struct HourlyCounts: Sendable {
    /// For the log.
    package let name: String
    fileprivate let insertion: SQL
    fileprivate let selection: SQL
    fileprivate let removal: SQL

    /// Requests, by error code; an empty text for those without an error.
    package static let requests = HourlyCounts(
        "request counts", in: "request_counts", kind: "code", number: "requests")
    /// Deliveries that have ended, by status.
    package static let deliveries = HourlyCounts(
        "delivery counts", in: "delivery_counts", kind: "status", number: "deliveries")
    package static let all = [requests, deliveries]

    /// - Parameters:
    ///   - table: with the unique columns `tenant_id`, `hour` and `kind`.
    ///   - number: the column with the count.
    private init(_ name: String, in table: SQL, kind: SQL, number: SQL) {
        self.name = name
        insertion = """
            INSERT INTO \(table) (tenant_id, hour, \(kind), \(number)) VALUES ($1, $2, $3, $4)
            ON CONFLICT (tenant_id, hour, \(kind)) DO UPDATE SET \(number) = \(table).\(number) + excluded.\(number)
            """
        selection = """
            SELECT hour, \(kind), \(number) FROM \(table) WHERE tenant_id = $1 AND hour >= $2 ORDER BY hour, \(kind)
            """
        removal = """
            WITH due AS MATERIALIZED (
                SELECT c.id FROM tenants t JOIN \(table) c ON c.tenant_id = t.id AND c.hour < $1 LIMIT 1000)
            DELETE FROM \(table) WHERE id IN (SELECT id FROM due)
            """
    }

    /// How many there were of one kind in the hour that begins at a time.
    typealias Count = (hour: Timestamp, kind: String, number: Int)
}

extension TenantScope {
    /// Adds to the counts of hours.
    func add(_ added: [HourlyCounts.Count], to counts: HourlyCounts) throws {
        for count in added {
            try db.send(
                counts.insertion,
                [tenantValue, .integer(count.hour.milliseconds), .text(count.kind), SQLValue(count.number)])
        }
    }

    /// The counts of hours that begin at or after a time, oldest first.
    func read(_ counts: HourlyCounts, since moment: Timestamp) throws -> [HourlyCounts.Count] {
        try db.rows(counts.selection, [tenantValue, .integer(moment.milliseconds)]) { row in
            (hour: try row.timestamp(0), kind: try row.text(1), number: Int(try row.integer(2)))
        }
    }
}

extension SystemScope {
    /// Removes the counts of hours before a time, `StoreLimits.pruneBatch` at the most.
    /// - Returns: the number of removed counts. After a smaller number none is left.
    package func prune(_ counts: HourlyCounts, before moment: Timestamp) throws -> Int {
        try db.run(counts.removal, [.integer(moment.milliseconds)])
    }
}
