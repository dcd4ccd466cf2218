internal import PharmacyDomain

extension TenantScope {
    /// Keeps what attempts of the tenant's deliveries came to; after the end of a delivery the next one of the order to that
    /// URL is due. One whose claim has run out meanwhile, or that was wiped, changes nothing.
    /// - Returns: how many URLs are failing since these attempts.
    @discardableResult
    package func keep(_ attempts: [AttemptResult]) throws -> Int {
        let queues = DeliveryQueues(db: db)
        var failing = 0
        for (endpoint, ended) in Dictionary(grouping: attempts, by: \.delivery.receiver.endpoint) {
            guard var health = try health(of: endpoint) else { continue }
            let wasFailing = health.isFailing
            for one in ended where try keep(one) { health.note(one.attempt, verdict: one.verdict) }
            if health.isFailing && !wasFailing { failing += 1 }
            try setHealth(health, of: endpoint)
            try queues.reschedule(endpoint)
        }
        return failing
    }

    /// - Returns: whether the delivery was still claimed for this attempt, and the attempt counts.
    private func keep(_ ended: AttemptResult) throws -> Bool {
        let (status, dueAt): (String, Timestamp?) =
            switch ended.verdict {
            case .succeeded: ("succeeded", nil)
            case .retry(let moment), .deferred(let moment): ("ready", moment)
            case .failed: ("failed", nil)
            }
        let attempt = ended.attempt
        let end = attempt.at + attempt.duration
        let delivery = ended.delivery
        let order = try db.row(
            """
            UPDATE webhook_deliveries SET status = $3, due_at = $4, attempts = attempts + $7, completed_at = $5
            WHERE tenant_id = $1 AND id = $2 AND status = 'sending' AND due_at = $6 RETURNING order_id
            """,
            [
                tenantValue, .integer(delivery.key), .text(status), SQLValue(dueAt?.milliseconds),
                dueAt == nil ? .integer(end.milliseconds) : nil, .integer(delivery.leaseExpiresAt.milliseconds),
                attempt.counts ? 1 : 0,
            ]
        ) { try $0.integer(0) }
        guard let order, attempt.counts else { return false }
        try db.send(
            """
            INSERT INTO webhook_attempts (delivery_id, at, duration, status_code, error, answer)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .integer(delivery.key), .integer(attempt.at.milliseconds), .integer(attempt.duration.milliseconds),
                SQLValue(attempt.statusCode), SQLValue(attempt.error),
                .blob(try seal(attempt.answer, "answer", String(delivery.key))),
            ])
        if dueAt == nil {
            try DeliveryQueues(db: db).promote(order: order, endpoint: delivery.receiver.endpoint, at: end)
        }
        return true
    }
}
