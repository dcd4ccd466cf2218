package import PharmacyDomain

extension SystemScope {
    /// Takes some of what a client may still ask, for a node that will spend it.
    /// - Parameters:
    ///   - count: the most that are taken, 1 or more.
    ///   - client: a digest of its name.
    /// - Returns: how many were granted, and until when the client's requests are paid for with them, in nanoseconds since
    ///   1970.
    package func takeRequests(
        _ count: Int, of client: [UInt8], limit: RateLimit, at now: Timestamp
    ) throws -> (granted: Int, theoreticalArrivalTime: Int64) {
        // Either way its row is this transaction's from here on.
        let found = try db.row(
            """
            INSERT INTO rate_limits (client, paid_up_to) VALUES ($1, 0)
            ON CONFLICT (client) DO UPDATE SET paid_up_to = rate_limits.paid_up_to RETURNING paid_up_to
            """, [.blob(client)]
        ) { try $0.integer(0) }
        var theoreticalArrivalTime = found ?? 0
        var granted = 0
        while granted < count, limit.admit(&theoreticalArrivalTime, at: now).isAllowed { granted += 1 }
        // Also where nothing was granted: what lay too far ahead is set right for all nodes.
        if theoreticalArrivalTime != found ?? 0 {
            try db.send(
                "UPDATE rate_limits SET paid_up_to = $2 WHERE client = $1",
                [.blob(client), .integer(theoreticalArrivalTime)])
        }
        return (granted, theoreticalArrivalTime)
    }

    /// Until when a client's requests are paid for, in nanoseconds since 1970; 0 when it is unknown.
    package func theoreticalArrivalTime(by client: [UInt8]) throws -> Int64 {
        try db.row("SELECT paid_up_to FROM rate_limits WHERE client = $1", [.blob(client)]) { try $0.integer(0) } ?? 0
    }

    /// Forgets clients that owe nothing, and are as good as unknown, `StoreLimits.pruneBatch` at the most.
    /// - Returns: how many.
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
