/// A place in the feed of a tenant's events, as partners hold it.
package struct EventCursor: Hashable, Sendable {
    /// The epoch it was handed out in; `nil` for one from before there were epochs.
    package let epoch: Epoch?
    /// The position of the last event that was handed out; 0 before the first.
    package let position: Int64

    package init(epoch: Epoch?, position: Int64) {
        self.epoch = epoch
        self.position = position
    }
}
