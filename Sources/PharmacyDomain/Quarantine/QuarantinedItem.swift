/// A record that background work cannot process because of its content: it does not decrypt, or is malformed. It waits
/// for its next try or, after the last one, for an operator. All other work continues.
package struct QuarantinedItem: Hashable, Sendable {
    /// The kind of work that failed.
    package enum Work: String, CaseIterable, Sendable {
        /// All work of a tenant, whose data key does not open.
        case tenant
        /// Dispatching an order to its pharmacy.
        case dispatch
        /// Querying the pharmacy about an order.
        case reconciliation
        /// Advancing a sandbox order.
        case simulation
        /// Sending a webhook whose event is unreadable.
        case delivery
        /// Sending webhooks to a URL that is unreadable.
        case endpoint
        /// Signing a tenant's webhooks.
        case webhookSecret = "webhook-secret"
        /// Re-encrypting a record after the tenant's data key was rotated. The old key is retained until it succeeds.
        case reencryption
    }

    /// Why the work failed. It holds nothing of the record.
    package enum Reason: String, CaseIterable, Sendable {
        /// The record, or the tenant's data key, does not open.
        case undecryptable
        /// The record opens but does not have the expected form.
        case malformed
    }

    /// Identifies an item without any of its content.
    package struct Key: Hashable, Sendable {
        package let tenant: TenantID
        package let work: Work
        /// An order's or a delivery's uuid, or a table and a row number (`orders/7`); empty for the tenant itself.
        package let item: String

        package init(_ work: Work, _ item: String = "", of tenant: TenantID) {
            self.tenant = tenant
            self.work = work
            self.item = item
        }
    }

    /// The row number, by which operators refer to the item.
    package let id: Int64
    package let key: Key
    package let reason: Reason
    /// Failed tries, 1 or more.
    package let tries: Int
    package let firstFailedAt: Timestamp
    package let lastFailedAt: Timestamp
    /// When the item is tried again; `nil`: when an operator retries it.
    package let nextTryAt: Timestamp?

    package init(
        id: Int64, key: Key, reason: Reason, tries: Int, firstFailedAt: Timestamp, lastFailedAt: Timestamp,
        nextTryAt: Timestamp?
    ) {
        self.id = id
        self.key = key
        self.reason = reason
        self.tries = tries
        self.firstFailedAt = firstFailedAt
        self.lastFailedAt = lastFailedAt
        self.nextTryAt = nextTryAt
    }

    /// Whether the item must not be tried at a given time.
    package func isHeld(at now: Timestamp) -> Bool { nextTryAt.map { $0 > now } ?? true }
}
