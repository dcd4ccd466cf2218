extension Order {
    /// A report of an order's progress, from the pharmacy or from the partner who cancels.
    package struct Report: Hashable, Sendable {
        package let status: OrderStatus
        package let reason: String?
        package let parcel: Parcel?
        /// When it happened, by the sender's clock; `nil` where the report has no time.
        package let at: Timestamp?

        package var shipping: Shipping? { parcel?.shipping }

        package init(_ status: OrderStatus, reason: String? = nil, parcel: Parcel?, at: Timestamp? = nil) {
            self.status = status
            self.reason = reason
            self.parcel = parcel
            self.at = at
        }

        package init(_ status: OrderStatus, reason: String? = nil, shipping: Shipping? = nil, at: Timestamp? = nil) {
            self.init(status, reason: reason, parcel: shipping.map { Parcel(shipping: $0) }, at: at)
        }
    }

    /// The order after reports, applied one after the other, and its new events: one for each status that the order has passed
    /// through, then one of its present status where something else has changed since.
    ///
    /// A status that would lead backward, or that was reached before, is ignored. The parcels and the reason of such a report
    /// are still applied, unless they are known or out of date: reports arrive late and in any order. Reports that were
    /// all applied before therefore change nothing and have no events, even where some of them contradict later ones.
    /// - Parameters:
    ///   - now: when the reports were received.
    ///   - newEventID: makes the id of each event.
    package func applying(
        _ reports: [Report], at now: Timestamp, newEventID: () -> EventID
    ) -> (order: Order, events: [OrderEvent]) {
        var order = self
        var events: [OrderEvent] = []
        // The order as the latest event reports it.
        var reported = self
        var amendedAt = now
        for report in reports {
            let moment = order.effectiveTime(of: report, receivedAt: now)
            let path = order.status.path(to: report.status)
            for status in path {
                order.enter(status, by: report, at: moment, receivedAt: now)
                events.append(order.nextEvent(newEventID(), at: moment))
                reported = order
            }
            guard path.isEmpty else { continue }
            let before = order
            order.amend(by: report, receivedAt: now)
            if order != before { amendedAt = moment }
        }
        if order.isIndistinguishable(from: reported) {
            order = reported
        } else {
            events.append(order.nextEvent(newEventID(), at: amendedAt))
        }
        if !events.isEmpty { order.updatedAt = now }
        return (order, events)
    }

    /// Whether history and parcels are the same. The times of the reports do not count, nor does which parcel was reported last:
    /// reports that are read again may lead from one parcel to another and back.
    private func isIndistinguishable(from other: Order) -> Bool {
        history == other.history && shipments.map(\.parcel) == other.shipments.map(\.parcel)
    }

    // MARK: Times

    /// The time in a report, but no earlier than the order; `nil` where the report has none, or one further in the future than
    /// `OrderRules.reportClockTolerance`.
    private func statedTime(of report: Report, receivedAt now: Timestamp) -> Timestamp? {
        guard let at = report.at, at <= now + OrderRules.reportClockTolerance else { return nil }
        return max(at, createdAt)
    }

    /// When the reported change happened, but no earlier than the latest change of status, so that the times of the history
    /// ascend.
    private func effectiveTime(of report: Report, receivedAt now: Timestamp) -> Timestamp {
        max(statedTime(of: report, receivedAt: now) ?? now, history.last?.at ?? createdAt)
    }

    // MARK: Statuses

    /// Moves one status further. The report's parcel counts from `shipped` on, and from the report's own status.
    private mutating func enter(_ next: OrderStatus, by report: Report, at moment: Timestamp, receivedAt now: Timestamp)
    {
        let isLast = next == report.status
        status = next
        history.append(StatusChange(status: next, at: moment, reason: isLast ? report.reason : nil))
        if next == .delivered { markDelivered { !$0.isDelivered } }
        if isLast || next == .shipped { record(report, receivedAt: now) }
        if next == .delivered, report.parcel == nil {
            for index in shipments.indices {
                let parcel = shipments[index].parcel
                shipments[index].parcel = parcel.with(
                    parcelTimes(afterDeliveryOf: parcel, by: report, receivedAt: now))
            }
        }
    }

    /// Applies the reason and the parcel of a report whose status the order cannot enter any more.
    private mutating func amend(by report: Report, receivedAt now: Timestamp) {
        if let reason = report.reason, let index = history.lastIndex(where: { $0.status == report.status }) {
            let entry = history[index]
            let isLater = statedTime(of: report, receivedAt: now).map { $0.seconds > entry.at.seconds } ?? true
            if entry.reason == nil || isLater {
                history[index] = StatusChange(status: entry.status, at: entry.at, reason: reason)
            }
        }
        if report.status == .delivered { markDelivered(where: \.isInTransit) }
        record(report, receivedAt: now)
    }

    // MARK: Parcels

    private var hasArrived: Bool { history.contains { $0.status == .delivered } }

    /// Whether the order has passed the status in the ordinary course.
    func hasPassed(_ status: OrderStatus) -> Bool {
        guard let index = OrderStatus.deliveryPath.firstIndex(of: status) else { return false }
        return history.contains { OrderStatus.deliveryPath.firstIndex(of: $0.status).map { $0 > index } ?? false }
    }

    /// The index of the parcel of `shipping`.
    private var shippingIndex: Int? { shipments.firstIndex { $0.parcel.shipping == shipping } }

    /// Marks parcels as delivered, as the order was.
    private mutating func markDelivered(where isOutdated: (Shipping) -> Bool) {
        let latest = shippingIndex
        for index in shipments.indices where isOutdated(shipments[index].parcel.shipping) {
            shipments[index].parcel.shipping = shipments[index].parcel.shipping.with(status: Shipping.delivered)
        }
        if let latest { shipping = shipments[latest].parcel.shipping }
    }

    /// Applies the parcel of a report. Where a later report of that parcel was applied before, only times are applied
    /// that are still unknown.
    private mutating func record(_ report: Report, receivedAt now: Timestamp) {
        guard let parcel = report.parcel else { return }
        let statedAt = statedTime(of: report, receivedAt: now)
        func isOutdated(by shipment: Shipment) -> Bool {
            statedAt.map { $0.seconds < shipment.reportedAt.seconds } ?? false
        }
        let index = index(of: parcel)
        let known = index.map { shipments[$0] }
        let isLate = known.map(isOutdated) ?? false
        let times = parcelTimes(
            after: report, of: parcel, known: known?.parcel, isOutdated: isLate, receivedAt: now)
        if let index, isLate {
            shipments[index].parcel = shipments[index].parcel.with(times)
            return
        }
        let next = merged(parcel, into: known?.parcel, reported: report.status).with(times)
        guard next != known?.parcel else { return }
        let latest = shippingIndex.map { shipments[$0] }
        let reportedAt = max(statedAt ?? now, known?.reportedAt ?? createdAt)
        if let index {
            shipments[index] = Shipment(parcel: next, reportedAt: reportedAt)
        } else {
            dropOldestShipment()
            shipments.append(Shipment(parcel: next, reportedAt: reportedAt))
        }
        if latest.map({ !isOutdated(by: $0) }) ?? true { shipping = next.shipping }
    }

    /// The index of a known parcel: by the pharmacy's id, or else by its tracking number.
    private func index(of parcel: Parcel) -> Int? {
        let identified = parcel.id.flatMap { id in shipments.firstIndex { $0.parcel.id == id } }
        let key = parcel.trackingKey
        return identified ?? shipments.firstIndex { $0.parcel.trackingKey == key }
    }

    /// A parcel after a report, apart from its times: members that the report does not have stay as they are, and a
    /// report of a status that the order has passed does not change where the parcel is now.
    private func merged(_ new: Parcel, into known: Parcel?, reported status: OrderStatus) -> Parcel {
        var parcel = new
        parcel.id = new.id ?? known?.id
        parcel.estimatedDelivery = new.estimatedDelivery ?? known?.estimatedDelivery
        if hasPassed(status), let known {
            parcel.shipping = new.shipping.with(status: known.shipping.status)
        } else if hasArrived, hasPassed(status) || new.shipping.isInTransit {
            parcel.shipping = new.shipping.with(status: Shipping.delivered)
        }
        return parcel
    }

    /// Drops the oldest parcel, but not the one reported last, where there are `OrderRules.shipmentLimit`.
    private mutating func dropOldestShipment() {
        guard shipments.count >= OrderRules.shipmentLimit else { return }
        shipments.remove(at: shippingIndex == 0 ? 1 : 0)
    }
}
