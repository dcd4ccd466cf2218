/// A record that background work cannot process for the record's own sake: it does not decrypt, or is not what it
/// should be. It waits for its next try, or, after the last one, for an operator; all other work goes on.
package struct QuarantinedItem: Hashable, Sendable {
    /// What could not be done with it.
    package enum Work: String, CaseIterable, Sendable {
        /// Anything at all: the tenant's data key does not open.
        case tenant
        /// Dispatching an order to its pharmacy.
        case dispatch
        /// Asking the pharmacy about an order.
        case reconciliation
        /// Advancing a sandbox order.
        case simulation
        /// Sending a webhook whose event is unreadable.
        case delivery
        /// Sending webhooks to a URL that is unreadable.
        case endpoint
        /// Signing a tenant's webhooks.
        case webhookSecret = "webhook-secret"
        /// Re-encrypting a record after the tenant's data key was replaced. The old key is retained until it succeeds.
        case reencryption
    }

    /// Why. A machine word: it holds nothing of the record.
    package enum Reason: String, CaseIterable, Sendable {
        /// The record, or the tenant's data key, does not open.
        case undecryptable
        /// It opens, and is not what this program expects.
        case malformed
    }

    /// Which item it is, without a word of its content.
    package struct Key: Hashable, Sendable {
        package let tenant: TenantID
        package let work: Work
        /// An order's or a delivery's uuid, or a table and a row; empty where the tenant itself is meant.
        package let item: String

        package init(_ work: Work, _ item: String = "", of tenant: TenantID) {
            self.tenant = tenant
            self.work = work
            self.item = item
        }
    }

    /// Its row: what operators call it by.
    package let id: Int64
    package let key: Key
    package let reason: Reason
    /// Tries that have failed, 1 or more.
    package let tries: Int
    package let firstFailedAt: Timestamp
    package let lastFailedAt: Timestamp
    /// When it is tried again; `nil`: when an operator says so.
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

    /// Whether it is left alone at a moment.
    package func isHeld(at now: Timestamp) -> Bool { nextTryAt.map { $0 > now } ?? true }
}
