/// A history of changes of a database. It ends when committed changes are undone: data that was read before is not related to
/// later data.
package struct Incarnation: Hashable, Sendable {
    package let epoch: Epoch
    /// Where the database was when the epoch began, as the engine describes it; `nil` in a copy that has not been opened.
    package let origin: String?
    package let since: Timestamp
    /// Whether the database had no epoch before this one. Earlier cursors contain no epoch and are valid in this one.
    package let isFirst: Bool

    package init(epoch: Epoch, origin: String?, since: Timestamp, isFirst: Bool) {
        self.epoch = epoch
        self.origin = origin
        self.since = since
        self.isFirst = isFirst
    }

    /// The incarnation that follows this one. Its time is always later, because the times order a database's epochs.
    package func successor(_ epoch: Epoch, origin: String, at now: Timestamp) -> Incarnation {
        Incarnation(
            epoch: epoch, origin: origin, since: max(now, since + .milliseconds(1)), isFirst: false)
    }
}
