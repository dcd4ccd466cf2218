extension Order {
    /// The times of a parcel after a report.
    ///
    /// The times that the report states replace known ones. Those that it does not state, or that are implausible
    /// (`plausible(_:receivedAt:)`), stay as they are. A time that is still unknown is the report's own time, where the
    /// report is one of that shipment or delivery (`impliedTimes(by:of:known:isOutdated:at:)`). It is never the time of
    /// receipt: lost reports are received much later.
    /// - Parameters:
    ///   - parcel: as the report describes it.
    ///   - known: the parcel before the report; `nil` for a new one.
    ///   - isOutdated: whether a later report of the parcel was applied before. Then the report replaces no time.
    func parcelTimes(
        after report: Report, of parcel: Parcel, known: Parcel?, isOutdated: Bool, receivedAt now: Timestamp
    ) -> ParcelTimes {
        let before = known?.times ?? ParcelTimes()
        let stated = ParcelTimes(
            shippedAt: plausible(parcel.times.shippedAt, receivedAt: now),
            deliveredAt: plausible(parcel.times.deliveredAt, receivedAt: now))
        let times = isOutdated ? before.filled(by: stated) : before.replaced(by: stated)
        guard let at = plausible(report.at, receivedAt: now) else { return times }
        return times.filled(by: impliedTimes(by: report, of: parcel, known: known, isOutdated: isOutdated, at: at))
    }

    /// The times of a parcel after a report of the order's delivery that names no parcel. Where the order has one
    /// parcel, it was delivered then. One of several may have been delivered earlier.
    func parcelTimes(afterDeliveryOf parcel: Parcel, by report: Report, receivedAt now: Timestamp) -> ParcelTimes {
        guard shipments.count == 1 else { return parcel.times }
        return parcel.times.filled(by: ParcelTimes(deliveredAt: plausible(report.at, receivedAt: now)))
    }

    /// A time that a pharmacy states of a parcel, but no earlier than the order; `nil` for one that is further before
    /// the order, or further in the future, than `OrderRules.reportClockTolerance`. The rest of its report counts
    /// nevertheless: to lose a status would be worse.
    private func plausible(_ moment: Timestamp?, receivedAt now: Timestamp) -> Timestamp? {
        guard let moment, moment >= createdAt - OrderRules.reportClockTolerance,
            moment <= now + OrderRules.reportClockTolerance
        else { return nil }
        return max(moment, createdAt)
    }

    /// What the time of a report tells of its parcel. A report with which the order was shipped or delivered tells when
    /// its parcel was, and so does the report that first calls a parcel delivered. Later reports of the same status may
    /// have another reason, such as a corrected number, and tell nothing.
    /// - Parameter at: the time of the report.
    private func impliedTimes(
        by report: Report, of parcel: Parcel, known: Parcel?, isOutdated: Bool, at: Timestamp
    ) -> ParcelTimes {
        if report.status == .delivered {
            return ParcelTimes(deliveredAt: isNoLater(at, than: .delivered) == true ? at : nil)
        }
        if parcel.shipping.isDelivered {
            let isNew = known == nil || known?.shipping.isDelivered == false && !hasPassed(report.status)
            return ParcelTimes(deliveredAt: isNew && !isOutdated && isNoLater(at, than: .delivered) != false ? at : nil)
        }
        return ParcelTimes(
            shippedAt: report.status == .shipped && isNoLater(at, than: .shipped) == true ? at : nil)
    }

    /// Whether a time is no later than the order's change to a status; `nil` where the order has never had the status.
    private func isNoLater(_ moment: Timestamp, than status: OrderStatus) -> Bool? {
        history.first { $0.status == status }.map { moment.seconds <= $0.at.seconds }
    }
}
