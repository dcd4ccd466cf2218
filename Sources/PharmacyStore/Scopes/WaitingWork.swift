/// Work that waits in the database.
package enum WaitingWork: String, CaseIterable, Sendable {
    /// Orders that the pharmacy's system has neither accepted nor refused.
    case dispatches = "order_dispatches"
    /// Webhook deliveries that have neither succeeded nor failed for good.
    case deliveries = "webhook_deliveries"
    /// Those of them that are due: to a slow receiver, or one that fails, they wait for room.
    case dueDeliveries = "webhook_deliveries_due"
}
