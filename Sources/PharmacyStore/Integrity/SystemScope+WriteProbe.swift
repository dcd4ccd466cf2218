package import PharmacyDomain

extension SystemScope {
    /// Writes as little as shows whether the database takes writes: one row, over and over, and nothing else. SQLite is asked
    /// for the room of an order, too, which is given back: it may have none although a row can be replaced.
    package func probeWrite(at now: Timestamp) throws {
        if store.isExclusive {
            try db.run("SAVEPOINT room", [])
            try db.run(
                "INSERT INTO scheduled_jobs (job, slot, outcome) VALUES ($1, 0, $2)",
                [
                    .integer(ScheduledJob.roomProbe.rawValue),
                    .text(String(repeating: "-", count: StoreLimits.probedBytes)),
                ])
            try db.run("ROLLBACK TO room", [])
            try db.run("RELEASE room", [])
        }
        try db.run(
            "INSERT INTO scheduled_jobs (job, slot) VALUES ($1, $2) ON CONFLICT (job) DO UPDATE SET slot = $2",
            [.integer(ScheduledJob.writeProbe.rawValue), .integer(now.milliseconds)])
    }
}
