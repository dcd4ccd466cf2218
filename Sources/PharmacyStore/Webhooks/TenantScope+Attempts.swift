package import PharmacyDomain

extension TenantScope {
    /// Records the results of attempts of the tenant's deliveries. After a delivery is finished, the next one of the order to
    /// that URL is due. A result whose claim has expired, or whose delivery is gone, changes nothing.
    ///
    /// A registered endpoint that is failing since these attempts, or no longer, is reported to the tenant's other endpoints in the
    /// same transaction, and so once, whichever node records the results.
    /// - Returns: how many URLs are failing since these attempts.
    @discardableResult
    package func record(
        _ results: [AttemptResult], at now: Timestamp, identifiers: EventIdentifiers
    ) throws -> Int {
        let queues = DeliveryQueues(db: db)
        var failing = 0
        var ended: [DeliveryEnd: Int] = [:]
        for (endpoint, results) in Dictionary(grouping: results, by: \.delivery.receiver.endpoint) {
            guard var health = try health(of: endpoint) else { continue }
            let wasFailing = health.isFailing
            for result in results where try record(result) {
                health.note(result.attempt, verdict: result.verdict)
                if let end = DeliveryEnd(result) { ended[end, default: 0] += 1 }
            }
            if health.isFailing && !wasFailing { failing += 1 }
            try setHealth(health, of: endpoint)
            try queues.reschedule(endpoint)
            guard health.isFailing != wasFailing else { continue }
            try insertEvent(
                health.isFailing ? .failing : .recovered, of: endpoint, at: now, identifiers: identifiers)
        }
        try addDeliveryCounts(
            ended.map { DeliveryCount(hour: $0.key.hour, status: $0.key.status, count: $0.value) })
        noteChange()
        return failing
    }

    /// The hour in which a delivery ended, and how.
    private struct DeliveryEnd: Hashable {
        let hour: Timestamp
        let status: Delivery.Status

        /// - Returns: `nil` if the delivery goes on after the attempt.
        init?(_ result: AttemptResult) {
            guard let (state, _) = DeliveryState.sending.ended(result.verdict), state.isFinished else { return nil }
            (hour, status) = ((result.attempt.at + result.attempt.duration).hour, state.shownStatus)
        }
    }

    /// A delivery whose attempt was recorded.
    private struct EndedDelivery {
        /// `nil` for a delivery of an endpoint's event.
        let order: Int64?
    }

    private static let ended: SQL = """
        UPDATE webhook_deliveries SET status = $3, due_at = $4, attempts = attempts + $7, completed_at = $5
        WHERE tenant_id = $1 AND id = $2 AND status = \(DeliveryState.sending) AND due_at = $6 RETURNING order_id
        """

    /// - Returns: whether the delivery was still claimed for this attempt, and the attempt counts.
    private func record(_ result: AttemptResult) throws -> Bool {
        let (attempt, delivery) = (result.attempt, result.delivery)
        guard let (state, action) = DeliveryState.sending.ended(result.verdict) else { return false }
        let end = attempt.at + attempt.duration
        let dueAt: Timestamp? = if case .schedule(let moment) = action { moment } else { nil }
        let ended = try db.row(
            TenantScope.ended,
            [
                tenantValue, .integer(delivery.key), .text(state.rawValue), SQLValue(dueAt?.milliseconds),
                state.isFinished ? .integer(end.milliseconds) : nil, .integer(delivery.leaseExpiresAt.milliseconds),
                attempt.counts ? 1 : 0,
            ]
        ) { EndedDelivery(order: try $0.optionalInteger(0)) }
        guard let ended, attempt.counts else { return false }
        try insert(attempt, of: delivery.key)
        if action == .startNext {
            try DeliveryQueues(db: db).startNext(order: ended.order, endpoint: delivery.receiver.endpoint, at: end)
        }
        return true
    }

    /// Adds an attempt to a delivery's log.
    /// - Parameter delivery: its row.
    func insert(_ attempt: Delivery.Attempt, of delivery: Int64) throws {
        try db.send(
            """
            INSERT INTO webhook_attempts (delivery_id, at, duration, status_code, error, answer)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .integer(delivery), .integer(attempt.at.milliseconds), .integer(attempt.duration.milliseconds),
                SQLValue(attempt.statusCode), SQLValue(attempt.error),
                .blob(try seal(attempt.response, "answer", String(delivery))),
            ])
    }
}
