extension Order {
    /// What the pharmacy, or the partner who cancels, says has become of an order.
    package struct Report: Hashable, Sendable {
        package let status: OrderStatus
        package let reason: String?
        package let parcel: Parcel?
        /// When it happened, by the clock of whoever reports it; `nil` where that is not said.
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

    /// The order after one report (`applying(_:at:)`).
    package func applying(_ report: Report, at now: Timestamp) -> (order: Order, events: [OrderEvent]) {
        applying([report], at: now)
    }

    /// The order after reports, taken one after the other, and its new events: one for each status that it has passed
    /// through, then one of its present status where something else has changed since.
    ///
    /// A status that would lead back, or that was reached before, is passed over. What the report says of parcels and of
    /// the reason is taken all the same, unless it is known or out of date: reports come late and in any order. Reports
    /// that were all taken before therefore change nothing and have no events, also where some of them contradict others
    /// that follow.
    /// - Parameter now: when they were received.
    package func applying(_ reports: [Report], at now: Timestamp) -> (order: Order, events: [OrderEvent]) {
        var order = self
        var events: [OrderEvent] = []
        // As the latest event tells of it.
        var told = self
        var amendedAt = now
        for report in reports {
            let moment = order.moment(of: report, receivedAt: now)
            let path = order.status.path(to: report.status)
            for status in path {
                order.enter(status, by: report, at: moment, receivedAt: now)
                events.append(order.nextEvent(at: moment))
                told = order
            }
            guard path.isEmpty else { continue }
            let before = order
            order.amend(by: report, receivedAt: now)
            if order != before { amendedAt = moment }
        }
        if order.tellsTheSame(as: told) {
            order = told
        } else {
            events.append(order.nextEvent(at: amendedAt))
        }
        if !events.isEmpty { order.updatedAt = now }
        return (order, events)
    }

    /// Whether history and parcels are the same. When the pharmacy has said so is no news, nor is which parcel it told of
    /// last: reports that are read again may lead from one parcel to another and back.
    private func tellsTheSame(as other: Order) -> Bool {
        history == other.history && shipments.map(\.parcel) == other.shipments.map(\.parcel)
    }

    // MARK: Times

    /// When a report says that something happened; `nil` where it does not say so, or names a time that lies too far ahead
    /// to be believed. Nothing happened to an order before it was placed.
    private func saidMoment(of report: Report, receivedAt now: Timestamp) -> Timestamp? {
        guard let at = report.at, at <= now + OrderRules.reportClockTolerance else { return nil }
        return max(at, createdAt)
    }

    /// When what a report tells of happened. It never lies before the latest change of status, so that times of the history
    /// ascend.
    private func moment(of report: Report, receivedAt now: Timestamp) -> Timestamp {
        max(saidMoment(of: report, receivedAt: now) ?? now, history.last?.at ?? createdAt)
    }

    // MARK: Statuses

    /// Takes one step. What a report says of a parcel is known from `shipped` on, and from the report's own status.
    private mutating func enter(_ next: OrderStatus, by report: Report, at moment: Timestamp, receivedAt now: Timestamp)
    {
        let isLast = next == report.status
        status = next
        history.append(StatusChange(status: next, at: moment, reason: isLast ? report.reason : nil))
        if next == .delivered { noteArrival { !$0.status.lowercased().hasPrefix("delivered") } }
        if isLast || next == .shipped { record(report, receivedAt: now) }
    }

    /// Takes what a report says beside a status that the order cannot enter any more.
    private mutating func amend(by report: Report, receivedAt now: Timestamp) {
        if let reason = report.reason, let index = history.lastIndex(where: { $0.status == report.status }) {
            let entry = history[index]
            let isLater = saidMoment(of: report, receivedAt: now).map { $0.seconds > entry.at.seconds } ?? true
            if entry.reason == nil || isLater {
                history[index] = StatusChange(status: entry.status, at: entry.at, reason: reason)
            }
        }
        if report.status == .delivered { noteArrival(where: \.isInTransit) }
        record(report, receivedAt: now)
    }

    // MARK: Parcels

    private var hasArrived: Bool { history.contains { $0.status == .delivered } }

    /// Whether an order that is further in the ordinary course has passed the status.
    private func isBehind(_ status: OrderStatus) -> Bool {
        guard let place = OrderStatus.course.firstIndex(of: status) else { return false }
        return history.contains { OrderStatus.course.firstIndex(of: $0.status).map { $0 > place } ?? false }
    }

    /// Where `shipping` stands among the parcels.
    private var shippingIndex: Int? { shipments.firstIndex { $0.parcel.shipping == shipping } }

    /// Has parcels say that they were delivered, as the order was.
    private mutating func noteArrival(where isOutdated: (Shipping) -> Bool) {
        let latest = shippingIndex
        for index in shipments.indices where isOutdated(shipments[index].parcel.shipping) {
            shipments[index].parcel.shipping = shipments[index].parcel.shipping.with(status: Shipping.delivered)
        }
        if let latest { shipping = shipments[latest].parcel.shipping }
    }

    /// Takes what a report says of a parcel, unless the pharmacy has said something of that parcel since.
    private mutating func record(_ report: Report, receivedAt now: Timestamp) {
        guard let parcel = report.parcel else { return }
        let said = saidMoment(of: report, receivedAt: now)
        func isOutdated(by shipment: Shipment) -> Bool {
            said.map { $0.seconds < shipment.reportedAt.seconds } ?? false
        }
        let index = place(of: parcel)
        let known = index.map { shipments[$0] }
        if let known, isOutdated(by: known) { return }
        let next = merged(parcel, into: known?.parcel, reported: report.status)
        guard next != known?.parcel else { return }
        let latest = shippingIndex.map { shipments[$0] }
        let reportedAt = max(said ?? now, known?.reportedAt ?? createdAt)
        if let index {
            shipments[index] = Shipment(parcel: next, reportedAt: reportedAt)
        } else {
            makeRoom()
            shipments.append(Shipment(parcel: next, reportedAt: reportedAt))
        }
        if latest.map({ !isOutdated(by: $0) }) ?? true { shipping = next.shipping }
    }

    /// The parcel among those that are known: by the pharmacy's id, or else by its tracking number.
    private func place(of parcel: Parcel) -> Int? {
        let identified = parcel.id.flatMap { id in shipments.firstIndex { $0.parcel.id == id } }
        let key = parcel.trackingKey
        return identified ?? shipments.firstIndex { $0.parcel.trackingKey == key }
    }

    /// What is known of a parcel after a report: what the report does not say stays as it is, and a report of a status that
    /// the order has passed does not say where the parcel is now.
    private func merged(_ told: Parcel, into known: Parcel?, reported status: OrderStatus) -> Parcel {
        var parcel = told
        parcel.id = told.id ?? known?.id
        parcel.estimatedDelivery = told.estimatedDelivery ?? known?.estimatedDelivery
        if isBehind(status), let known {
            parcel.shipping = told.shipping.with(status: known.shipping.status)
        } else if hasArrived, isBehind(status) || told.shipping.isInTransit {
            parcel.shipping = told.shipping.with(status: Shipping.delivered)
        }
        return parcel
    }

    /// Forgets the oldest parcel but the latest told of, where there are too many.
    private mutating func makeRoom() {
        guard shipments.count >= OrderRules.shipmentLimit else { return }
        shipments.remove(at: shippingIndex == 0 ? 1 : 0)
    }
}
