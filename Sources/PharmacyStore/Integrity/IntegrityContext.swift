package import PharmacyDomain

/// The parameters of a check.
package struct IntegrityContext: Sendable {
    /// Records per page, 1 or more.
    package let limit: Int
    package let now: Timestamp
    /// Retention may have removed events before this time.
    package let eventsSince: Timestamp

    package init(limit: Int, now: Timestamp, eventsSince: Timestamp) {
        self.limit = limit
        self.now = now
        self.eventsSince = eventsSince
    }
}
