package import PharmacyDomain

/// What checks need to know besides the rows.
package struct IntegrityContext: Sendable {
    /// Records of a page, 1 or more.
    package let limit: Int
    package let now: Timestamp
    /// Events before it may have been removed by retention.
    package let eventsSince: Timestamp

    package init(limit: Int, now: Timestamp, eventsSince: Timestamp) {
        self.limit = limit
        self.now = now
        self.eventsSince = eventsSince
    }
}
