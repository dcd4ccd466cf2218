/// The events of a tenant that can be read.
package struct EventFeed: Hashable, Sendable {
    package let epoch: Epoch
    /// Whether cursors without an epoch were issued in this incarnation of the database.
    package let acceptsUnmarkedCursors: Bool
    /// The position of the latest event; 0 before the first.
    package let latest: Int64
    /// The position of the latest event that retention has removed; 0 where there is none.
    package let pruned: Int64

    package init(epoch: Epoch, acceptsUnmarkedCursors: Bool, latest: Int64, pruned: Int64) {
        self.epoch = epoch
        self.acceptsUnmarkedCursors = acceptsUnmarkedCursors
        self.latest = latest
        self.pruned = pruned
    }

    /// Whether a reader that continues from a cursor misses events: the cursor was issued in another epoch, where positions denote
    /// other events; it is ahead of the feed, which happens only after a restore; or retention has removed events after it.
    package func hasExpired(_ cursor: EventCursor) -> Bool {
        let isOfThisEpoch = cursor.epoch.map { $0 == epoch } ?? acceptsUnmarkedCursors
        return !isOfThisEpoch || cursor.position > latest || cursor.position < pruned
    }

    package func cursor(at position: Int64) -> EventCursor { EventCursor(epoch: epoch, position: position) }
}
