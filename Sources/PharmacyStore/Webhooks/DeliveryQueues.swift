internal import PharmacyDomain

/// The two queues a delivery stands in: that of its order to its URL, of which one at a time is ready or being sent, and
/// that of its URL, whose earliest due time stands on the URL's row. Whoever changes them holds the tenant's lock
/// (`WriteScope.tenant`).
struct DeliveryQueues {
    let db: any SQLConnection

    /// Makes the next delivery of an order to a URL due, unless one of them is already. The URL's queue is to be told
    /// (`reschedule`).
    func promote(order: Int64, endpoint: Int64, at moment: Timestamp) throws {
        try db.send(
            """
            UPDATE webhook_deliveries SET status = 'ready', due_at = $3
            WHERE id = (SELECT MIN(id) FROM webhook_deliveries
                    WHERE order_id = $1 AND endpoint_id = $2 AND status = 'waiting')
                AND NOT EXISTS (SELECT 1 FROM webhook_deliveries
                    WHERE order_id = $1 AND endpoint_id = $2 AND status IN ('ready', 'sending'))
            """, [.integer(order), .integer(endpoint), .integer(moment.milliseconds)])
    }

    /// Puts a finished delivery back, with all its retries, into its order's queue.
    func restart(_ delivery: Int64, order: Int64, endpoint: Int64, at now: Timestamp) throws {
        try db.send(
            """
            UPDATE webhook_deliveries SET status = 'waiting', due_at = NULL, attempts = 0, completed_at = NULL
            WHERE id = $1 AND status IN ('succeeded', 'failed')
            """, [.integer(delivery)])
        try promote(order: order, endpoint: endpoint, at: now)
        try reschedule(endpoint)
        db.notify(.deliveries)
    }

    /// Tells its URL's queue of a new delivery, where it need not wait for another of its order.
    func schedule(delivery: DeliveryID, at moment: Timestamp) throws {
        try db.send(
            """
            UPDATE webhook_endpoints SET due_at = $2
            WHERE id = (SELECT endpoint_id FROM webhook_deliveries WHERE uuid = $1 AND status = 'ready')
                AND (due_at IS NULL OR due_at > $2)
            """, [.text(delivery.description), .integer(moment.milliseconds)])
    }

    /// Finds out anew when the next delivery of a URL is due.
    func reschedule(_ endpoint: Int64) throws {
        try db.send(
            """
            UPDATE webhook_endpoints SET due_at = (
                SELECT MIN(due_at) FROM webhook_deliveries WHERE endpoint_id = $1 AND due_at IS NOT NULL)
            WHERE id = $1
            """, [.integer(endpoint)])
    }
}
