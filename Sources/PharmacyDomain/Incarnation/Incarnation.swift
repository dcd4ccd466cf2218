/// The course of changes that a database is in. It ends when something that was committed is taken back: what was read
/// before then says nothing about what comes after.
package struct Incarnation: Hashable, Sendable {
    package let epoch: Epoch
    /// Where the database was when the epoch began, in the engine's words; `nil` in a copy that has not been opened.
    package let origin: String?
    package let since: Timestamp
    /// Whether the database had no epoch before this one: cursors from that time carry none and are valid in this one.
    package let isFirst: Bool

    package init(epoch: Epoch, origin: String?, since: Timestamp, isFirst: Bool) {
        self.epoch = epoch
        self.origin = origin
        self.since = since
        self.isFirst = isFirst
    }

    /// The incarnation that follows this one. Its time is later, whatever the clock says: the order of a database's
    /// epochs is read from their times.
    package func successor(_ epoch: Epoch, origin: String, at now: Timestamp) -> Incarnation {
        Incarnation(
            epoch: epoch, origin: origin, since: max(now, since + .milliseconds(1)), isFirst: false)
    }
}
