package import PharmacyDomain

/// Lanes whose orders are due and may be claimed now.
package struct DispatchPlan: Sendable {
    /// The orders in flight when the plan was made.
    let slots: DispatchSlots
    /// The most orders that are claimed.
    let limit: Int
    /// Lanes with orders due and room to start them, the longest due first.
    package internal(set) var lanes: [DispatchSlots.Lane] = []
    /// When the first order that is not due yet will be; `nil` when there is none.
    package internal(set) var next: Timestamp?
    /// Whether orders are due in a lane that has no room.
    package internal(set) var isShort = false
    /// Whether orders without a lane wait, which an older program has placed (`assignDispatchLanes`).
    package internal(set) var hasUnassigned = false

    init(slots: DispatchSlots, limit: Int) {
        self.slots = slots
        self.limit = limit
    }

    /// Claims lane by lane while there is room.
    /// - Parameter claim: claims orders of a lane, at most the given number.
    func claim<Claimed>(
        _ claim: (DispatchSlots.Lane, _ limit: Int) throws -> [Claimed]
    ) rethrows -> PlannedClaims<Claimed> {
        var slots = slots
        var planned = PlannedClaims<Claimed>(isShort: isShort, mayHaveMore: lanes.count >= limit)
        for lane in lanes {
            let (room, left) = (slots.room(for: lane), limit - planned.claims.count)
            guard room > 0, left > 0 else {
                if room > 0 { planned.mayHaveMore = true } else { planned.isShort = true }
                continue
            }
            let claimed = try claim(lane, min(room, left))
            for _ in claimed { slots.begin(lane) }
            planned.claims += claimed
            if claimed.count == room {
                planned.isShort = true
            } else if claimed.count == left {
                planned.mayHaveMore = true
            }
        }
        return planned
    }
}
