/// A prescription order (guide, section 4).
package struct Order: Identified, Hashable, Sendable {
    package let id: OrderID
    package let patientID: PatientID
    package let pharmacyID: PharmacyID
    /// The catalogue item as ordered, its price frozen: as the API shows it.
    package let medication: JSON
    package let terms: OrderTerms
    package let createdAt: Timestamp
    package private(set) var status: OrderStatus
    package private(set) var shipping: Shipping?
    package private(set) var history: [StatusChange]
    package var dispatch: Dispatch

    package struct StatusChange: Hashable, Sendable {
        package let status: OrderStatus
        package let at: Timestamp
        package let reason: String?
    }

    /// Where the parcel is (guide, Webhook Payload).
    package struct Shipping: Hashable, Sendable {
        package let carrier: String
        package let tracking: String
        package let status: String

        package init(carrier: String, tracking: String, status: String) {
            self.carrier = carrier
            self.tracking = tracking
            self.status = status
        }
    }

    /// What the pharmacy, or the partner who cancels, says has become of an order.
    package struct Report: Hashable, Sendable {
        package let status: OrderStatus
        package let reason: String?
        package let shipping: Shipping?

        package init(_ status: OrderStatus, reason: String? = nil, shipping: Shipping? = nil) {
            self.status = status
            self.reason = reason
            self.shipping = shipping
        }
    }

    /// A new order, and the event that tells of it.
    package static func placed(
        id: OrderID, terms: OrderTerms, medication: JSON, at now: Timestamp
    ) -> (order: Order, event: OrderEvent) {
        let order = Order(
            id: id, patientID: terms.patientID, pharmacyID: terms.pharmacyID, medication: medication, terms: terms,
            createdAt: now, status: .pending, shipping: nil,
            history: [StatusChange(status: .pending, at: now, reason: nil)], dispatch: Dispatch())
        return (order, order.event(at: now))
    }

    package var updatedAt: Timestamp { history.last?.at ?? createdAt }

    /// The order after a report, and one event for each status it has passed through.
    ///
    /// A report that would lead back, or that was seen before, changes nothing and has no events.
    package func applying(_ report: Report, at now: Timestamp) -> (order: Order, events: [OrderEvent]) {
        var order = self
        var events: [OrderEvent] = []
        for status in order.status.path(to: report.status) {
            order.status = status
            if status == .shipped || status == .delivered, let shipping = report.shipping { order.shipping = shipping }
            let reason = status == report.status ? report.reason : nil
            order.history.append(StatusChange(status: status, at: now, reason: reason))
            events.append(order.event(at: now))
        }
        return (order, events)
    }

    /// The event of the latest change; events count with the history.
    private func event(at moment: Timestamp) -> OrderEvent {
        OrderEvent(
            type: OrderEvent.Kind(status), sequence: history.count, orderID: id, reference: terms.reference,
            customerReference: terms.customerReference, status: status, shipping: shipping, occurredAt: moment)
    }

    package init(
        id: OrderID, patientID: PatientID, pharmacyID: PharmacyID, medication: JSON, terms: OrderTerms,
        createdAt: Timestamp, status: OrderStatus, shipping: Shipping?, history: [StatusChange],
        dispatch: Dispatch
    ) {
        self.id = id
        self.patientID = patientID
        self.pharmacyID = pharmacyID
        self.medication = medication
        self.terms = terms
        self.createdAt = createdAt
        self.status = status
        self.shipping = shipping
        self.history = history
        self.dispatch = dispatch
    }
}
