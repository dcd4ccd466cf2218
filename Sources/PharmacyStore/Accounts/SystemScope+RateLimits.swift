package import PharmacyDomain

extension SystemScope {
    /// Reserves requests of a client for a node.
    /// - Parameters:
    ///   - count: the most requests, 1 or more.
    ///   - client: a digest of the client's name.
    /// - Returns: how many were granted, and the client's theoretical arrival time including them, in nanoseconds since 1970.
    package func reserveRequests(
        _ count: Int, of client: [UInt8], limit: RateLimit, at now: Timestamp
    ) throws -> (granted: Int, theoreticalArrivalTime: Int64) {
        // Inserted or not, the row is locked from here on.
        let found = try db.row(
            """
            INSERT INTO rate_limits (client, paid_up_to) VALUES ($1, 0)
            ON CONFLICT (client) DO UPDATE SET paid_up_to = rate_limits.paid_up_to RETURNING paid_up_to
            """, [.blob(client)]
        ) { try $0.integer(0) }
        var theoreticalArrivalTime = found ?? 0
        var granted = 0
        while granted < count, limit.admit(&theoreticalArrivalTime, at: now).isAllowed { granted += 1 }
        // Even if nothing was granted: `admit` corrects a time that is too far ahead, for all nodes.
        if theoreticalArrivalTime != found ?? 0 {
            try db.send(
                "UPDATE rate_limits SET paid_up_to = $2 WHERE client = $1",
                [.blob(client), .integer(theoreticalArrivalTime)])
        }
        return (granted, theoreticalArrivalTime)
    }

    /// A client's theoretical arrival time (GCRA), in nanoseconds since 1970; 0 for an unknown client.
    package func theoreticalArrivalTime(by client: [UInt8]) throws -> Int64 {
        try db.row("SELECT paid_up_to FROM rate_limits WHERE client = $1", [.blob(client)]) { try $0.integer(0) } ?? 0
    }

    /// Removes at most `StoreLimits.pruneBatch` clients whose whole allowance is available.
    /// - Returns: how many were removed.
    @discardableResult
    package func pruneRequests(at now: Timestamp) throws -> Int {
        try db.run(
            """
            WITH due AS MATERIALIZED (
                SELECT client AS id FROM rate_limits WHERE paid_up_to <= $1 LIMIT 1000 FOR UPDATE SKIP LOCKED)
            DELETE FROM rate_limits WHERE client IN (SELECT id FROM due)
            """, [.integer(now.milliseconds * 1_000_000)])
    }
}
