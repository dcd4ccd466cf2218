internal import PharmacyDomain

/// The lanes of a queue of orders, as one statement finds them: a seek for each lane that has any order in the queue.
struct DueLanes {
    /// When the first order of a lane is due, and the first that is not due yet.
    private struct DueLane {
        let lane: DispatchSlots.Lane
        /// `nil` where the row holds no valid id.
        let tenant: TenantID?
        let due: Timestamp
        let later: Timestamp?
    }

    private let lanes: [DueLane]

    /// - Parameter sql: selects the lane's number, the tenant's row and uuid, and both times, the longest due first. Binds the
    ///   present time.
    init(_ sql: SQL, in db: any SQLConnection, at now: Timestamp) throws {
        lanes = try db.rows(sql, [.integer(now.milliseconds)]) { row in
            DueLane(
                lane: DispatchSlots.Lane(tenant: try row.integer(1), number: try row.integer(0)),
                tenant: TenantID(try row.text(2)), due: try row.timestamp(3), later: try row.optionalTimestamp(4))
        }
    }

    /// Plans which lanes may start orders now.
    /// - Parameters:
    ///   - slots: the orders in flight.
    ///   - limit: the most that are planned, 1 or more.
    ///   - skipped: tenants whose records cannot be decrypted.
    func plan(
        in slots: DispatchSlots, limit: Int, at now: Timestamp, skipping skipped: Set<TenantID>
    ) -> DispatchPlan {
        var plan = DispatchPlan(slots: slots, limit: limit)
        for lane in lanes {
            // It holds orders of any tenant: they get lanes first.
            if lane.lane.number == 0 {
                plan.hasUnassigned = true
                continue
            }
            guard let tenant = lane.tenant, !skipped.contains(tenant) else { continue }
            if let later = lane.later { plan.next = min(plan.next ?? later, later) }
            guard slots.room(for: lane.lane) > 0 else {
                plan.isShort = plan.isShort || lane.due <= now
                continue
            }
            if lane.due <= now, plan.lanes.count < limit { plan.lanes.append(lane.lane) }
        }
        return plan
    }
}
