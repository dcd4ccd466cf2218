package import PharmacyDomain

extension SystemScope {
    /// Registers a job that the database does not know: its time comes next after `slot`.
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

    /// Whether a job that was to be done at `slot` is neither done nor claimed.
    package func isDue(_ job: ScheduledJob, at slot: Timestamp, now: Timestamp) throws -> Bool {
        try db.row(
            "SELECT 1 FROM scheduled_jobs WHERE job = $1 AND slot < $2 AND claimed_until <= $3",
            [.integer(job.rawValue), .integer(slot.milliseconds), .integer(now.milliseconds)]
        ) { _ in true } ?? false
    }

    /// Claims a job that is due: until `leaseExpiresAt`, which names the claim, no other node is given it.
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

    /// - Returns: whether the claim was still held.
    package func extendClaim(_ job: ScheduledJob, from leaseExpiresAt: Timestamp, to later: Timestamp) throws -> Bool {
        let extended = try db.run(
            "UPDATE scheduled_jobs SET claimed_until = $3 WHERE job = $1 AND claimed_until = $2",
            [.integer(job.rawValue), .integer(leaseExpiresAt.milliseconds), .integer(later.milliseconds)])
        return extended > 0
    }

    /// Records what a job came to and gives the claim up. A claim that has been taken over changes nothing.
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
