internal import PharmacyDomain

/// The two queues of a delivery: that of its order and URL, of which at most one delivery is ready or being sent, and that of
/// its URL, whose earliest due time the URL's row has, unless the URL is held. A delivery of an event without an order is alone in
/// the first queue. Callers hold the tenant's lock (`WriteScope.tenant`).
struct DeliveryQueues {
    let db: any SQLConnection

    private static let started: SQL = """
        UPDATE webhook_deliveries SET status = \(DeliveryState.ready), due_at = $3
        WHERE id = (SELECT MIN(id) FROM webhook_deliveries
                WHERE order_id = $1 AND endpoint_id = $2 AND status = \(DeliveryState.waiting))
            AND NOT EXISTS (SELECT 1 FROM webhook_deliveries
                WHERE order_id = $1 AND endpoint_id = $2 AND status IN \(DeliveryState.active))
        """

    /// Makes the next delivery of an order to a URL due, unless one of them is active. The caller updates the URL's queue
    /// (`reschedule`).
    func startNext(order: Int64?, endpoint: Int64, at moment: Timestamp) throws {
        guard let order else { return }
        try db.send(
            DeliveryQueues.started, [.integer(order), .integer(endpoint), .integer(moment.milliseconds)])
    }

    private static let restarted: SQL = """
        UPDATE webhook_deliveries SET status = \(DeliveryState.waiting), due_at = NULL, attempts = 0, completed_at = NULL
        WHERE id = $1 AND status IN \(DeliveryState.finished)
        """

    private static let restartedAlone: SQL = """
        UPDATE webhook_deliveries SET status = \(DeliveryState.new(behindUnfinished: false)), due_at = $2, attempts = 0,
            completed_at = NULL
        WHERE id = $1 AND status IN \(DeliveryState.finished)
        """

    /// Puts a finished delivery, with all its retries, at the end of its order's queue.
    func restart(_ delivery: Int64, order: Int64?, endpoint: Int64, at now: Timestamp) throws {
        if order == nil {
            try db.send(DeliveryQueues.restartedAlone, [.integer(delivery), .integer(now.milliseconds)])
        } else {
            try db.send(DeliveryQueues.restarted, [.integer(delivery)])
        }
        try startNext(order: order, endpoint: endpoint, at: now)
        try reschedule(endpoint)
        db.notify(.deliveries)
    }

    private static let scheduled: SQL = """
        UPDATE webhook_endpoints SET due_at = $2
        WHERE id = (SELECT endpoint_id FROM webhook_deliveries WHERE uuid = $1 AND status = \(DeliveryState.ready))
            AND (due_at IS NULL OR due_at > $2) AND is_held = 0
        """

    /// Brings the due time of a URL forward to that of a new delivery, unless the delivery waits for another one.
    func schedule(delivery: DeliveryID, at moment: Timestamp) throws {
        try db.send(
            DeliveryQueues.scheduled, [.text(delivery.description), .integer(moment.milliseconds)])
    }

    /// Sets the due time of a URL to that of its earliest delivery. One that is held has none.
    func reschedule(_ endpoint: Int64) throws {
        try db.send(
            """
            UPDATE webhook_endpoints SET due_at = CASE WHEN is_held = 0 THEN (
                SELECT MIN(due_at) FROM webhook_deliveries WHERE endpoint_id = $1 AND due_at IS NOT NULL) END
            WHERE id = $1
            """, [.integer(endpoint)])
    }
}
