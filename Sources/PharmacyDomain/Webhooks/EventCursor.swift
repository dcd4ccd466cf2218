/// A position in the feed of a tenant's events, which partners store.
package struct EventCursor: Hashable, Sendable {
    /// The epoch in which the cursor was issued; `nil` for one from before there were epochs.
    package let epoch: Epoch?
    /// The position of the last event that the partner has got; 0 before the first.
    package let position: Int64

    package init(epoch: Epoch?, position: Int64) {
        self.epoch = epoch
        self.position = position
    }
}
