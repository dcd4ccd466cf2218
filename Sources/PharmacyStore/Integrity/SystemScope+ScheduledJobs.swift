package import PharmacyDomain

extension SystemScope {
    /// Registers a job that the database does not contain. It is due next after `slot`.
    package func register(_ job: ScheduledJob, after slot: Timestamp) throws {
        try db.send(
            "INSERT INTO scheduled_jobs (job, slot) VALUES ($1, $2) ON CONFLICT (job) DO NOTHING",
            [.integer(job.rawValue), .integer(slot.milliseconds)])
    }

    package func latestRun(of job: ScheduledJob) throws -> ScheduledRun? {
        try db.row("SELECT finished_at, outcome FROM scheduled_jobs WHERE job = $1", [.integer(job.rawValue)]) {
            ScheduledRun(finishedAt: try $0.optionalTimestamp(0), outcome: try $0.text(1))
        }
    }

    /// Whether a job of `slot` is neither done nor claimed.
    package func isDue(_ job: ScheduledJob, at slot: Timestamp, now: Timestamp) throws -> Bool {
        try db.row(
            "SELECT 1 FROM scheduled_jobs WHERE job = $1 AND slot < $2 AND claimed_until <= $3",
            [.integer(job.rawValue), .integer(slot.milliseconds), .integer(now.milliseconds)]
        ) { _ in true } ?? false
    }

    /// Claims a due job. No other node can claim it until `leaseExpiresAt`, which also identifies the claim.
    package func claim(
        _ job: ScheduledJob, at slot: Timestamp, now: Timestamp, leaseExpiresAt: Timestamp
    ) throws -> Bool {
        let claimed = try db.run(
            "UPDATE scheduled_jobs SET claimed_until = $4 WHERE job = $1 AND slot < $2 AND claimed_until <= $3",
            [
                .integer(job.rawValue), .integer(slot.milliseconds), .integer(now.milliseconds),
                .integer(leaseExpiresAt.milliseconds),
            ])
        return claimed > 0
    }

    /// - Returns: whether the claim was still valid.
    package func extendClaim(_ job: ScheduledJob, from leaseExpiresAt: Timestamp, to later: Timestamp) throws -> Bool {
        let extended = try db.run(
            "UPDATE scheduled_jobs SET claimed_until = $3 WHERE job = $1 AND claimed_until = $2",
            [.integer(job.rawValue), .integer(leaseExpiresAt.milliseconds), .integer(later.milliseconds)])
        return extended > 0
    }

    /// Records the outcome of a job and releases the claim. If another node has claimed the job meanwhile, nothing changes.
    package func finish(
        _ job: ScheduledJob, of slot: Timestamp, claimedUntil leaseExpiresAt: Timestamp, outcome: String,
        at now: Timestamp
    ) throws {
        try db.send(
            """
            UPDATE scheduled_jobs SET slot = $3, finished_at = $4, outcome = $5, claimed_until = 0
            WHERE job = $1 AND claimed_until = $2
            """,
            [
                .integer(job.rawValue), .integer(leaseExpiresAt.milliseconds), .integer(slot.milliseconds),
                .integer(now.milliseconds), .text(outcome),
            ])
    }
}
