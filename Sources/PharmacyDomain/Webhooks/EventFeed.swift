/// What there is to read of a tenant's events.
package struct EventFeed: Hashable, Sendable {
    package let epoch: Epoch
    /// Whether cursors without an epoch were handed out in this incarnation of the database.
    package let takesUnmarkedCursors: Bool
    /// The position of the latest event; 0 before the first.
    package let latest: Int64
    /// The position of the latest event that the retention has removed; 0 where there is none.
    package let pruned: Int64

    package init(epoch: Epoch, takesUnmarkedCursors: Bool, latest: Int64, pruned: Int64) {
        self.epoch = epoch
        self.takesUnmarkedCursors = takesUnmarkedCursors
        self.latest = latest
        self.pruned = pruned
    }

    /// Whether a reader that goes on from a cursor misses events: it was handed out in another epoch, where positions stand
    /// for other events; it is ahead of the feed, which can only be where something was taken back; or the retention has
    /// removed events that are after it.
    package func hasExpired(_ cursor: EventCursor) -> Bool {
        let isOfThisEpoch = cursor.epoch.map { $0 == epoch } ?? takesUnmarkedCursors
        return !isOfThisEpoch || cursor.position > latest || cursor.position < pruned
    }

    package func cursor(at position: Int64) -> EventCursor { EventCursor(epoch: epoch, position: position) }
}
