package import PharmacyDomain

extension SystemScope {
    /// Tests whether the database accepts writes, by updating one row. On SQLite it also inserts as many bytes as an order needs, and
    /// rolls them back: a full disk may still accept the update.
    package func probeWrite(at now: Timestamp) throws {
        if memory.isExclusive {
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
