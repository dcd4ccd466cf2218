/// A prescription order (guide, section 4).
package struct Order: TypedIdentifier, Hashable, Sendable {
    package let id: OrderID
    package let patientID: PatientID
    package let pharmacyID: PharmacyID
    /// The catalog item as ordered, its price frozen: as the API shows it.
    package let medication: JSON
    package let terms: OrderTerms
    package let createdAt: Timestamp
    package internal(set) var status: OrderStatus
    /// The parcel that the pharmacy has told of last: the guide's `shipping` object.
    package internal(set) var shipping: Shipping?
    /// All parcels, in the order in which they became known.
    package internal(set) var shipments: [Shipment]
    package internal(set) var history: [StatusChange]
    /// The `sequence` of the latest event.
    package internal(set) var eventSequence: Int
    /// When the order was last changed, by the clock of the server; what is reported may have happened before.
    package internal(set) var updatedAt: Timestamp
    package var dispatch: Dispatch

    package struct StatusChange: Hashable, Sendable {
        package let status: OrderStatus
        /// When it happened, as far as the pharmacy has said so; never before the change that precedes it.
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

    /// A new order, and the event that tells of it.
    package static func placed(
        id: OrderID, terms: OrderTerms, medication: JSON, at now: Timestamp
    ) -> (order: Order, event: OrderEvent) {
        var order = Order(
            id: id, patientID: terms.patientID, pharmacyID: terms.pharmacyID, medication: medication, terms: terms,
            createdAt: now, status: .pending, shipping: nil, shipments: [],
            history: [StatusChange(status: .pending, at: now, reason: nil)], eventSequence: 0, updatedAt: now,
            dispatch: Dispatch())
        let event = order.nextEvent(at: now)
        return (order, event)
    }

    /// An event of the present status and of what is known by now.
    mutating func nextEvent(at moment: Timestamp) -> OrderEvent {
        eventSequence += 1
        return OrderEvent(
            type: OrderEvent.Kind(status), sequence: eventSequence, orderID: id, reference: terms.reference,
            customerReference: terms.customerReference, status: status, shipping: shipping, occurredAt: moment)
    }

    package init(
        id: OrderID, patientID: PatientID, pharmacyID: PharmacyID, medication: JSON, terms: OrderTerms,
        createdAt: Timestamp, status: OrderStatus, shipping: Shipping?, shipments: [Shipment],
        history: [StatusChange], eventSequence: Int, updatedAt: Timestamp, dispatch: Dispatch
    ) {
        self.id = id
        self.patientID = patientID
        self.pharmacyID = pharmacyID
        self.medication = medication
        self.terms = terms
        self.createdAt = createdAt
        self.status = status
        self.shipping = shipping
        self.shipments = shipments
        self.history = history
        self.eventSequence = eventSequence
        self.updatedAt = updatedAt
        self.dispatch = dispatch
    }
}
