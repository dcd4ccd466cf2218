/// A prescription order (guide, section 4).
package struct Order: Hashable, Sendable {
    package let id: OrderID
    package let patientID: PatientID
    package let pharmacyID: PharmacyID
    /// The catalog item as ordered, with the price at that time.
    package let medication: CatalogItem
    package internal(set) var terms: OrderTerms
    package let createdAt: Timestamp
    package internal(set) var status: OrderStatus
    /// The parcel of the latest report: the guide's `shipping` object.
    package internal(set) var shipping: Shipping?
    /// All parcels, in the order in which they were first reported.
    package internal(set) var shipments: [Shipment]
    package internal(set) var history: [StatusChange]
    /// The `sequence` of the latest event.
    package internal(set) var eventSequence: Int
    /// When the order was last changed, by the server's clock. The reported change may have happened earlier.
    package var updatedAt: Timestamp
    package var dispatch: Dispatch
    /// The order that this one fills again; `nil` for an order of its own.
    package let refillOf: OrderID?
    /// The orders that fill this one again, oldest first.
    package internal(set) var refills: [OrderID]
    /// The `sequence` of the first event that was, or will be, sent to the present webhook URLs: earlier ones went to others.
    package internal(set) var webhookURLsSince: Int

    package struct StatusChange: Hashable, Sendable {
        package let status: OrderStatus
        /// When it happened by the pharmacy's report, or else when the report was received; never before the preceding change.
        package let at: Timestamp
        package let reason: String?

        package init(status: OrderStatus, at: Timestamp, reason: String?) {
            self.status = status
            self.at = at
            self.reason = reason
        }
    }

    /// A parcel's carrier, tracking number and status (guide, Webhook Payload).
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

    /// A new order, and the event that reports it.
    package static func placed(
        id: OrderID, eventID: EventID, terms: OrderTerms, medication: CatalogItem, refillOf: OrderID? = nil,
        at now: Timestamp
    ) -> (order: Order, event: OrderEvent) {
        var order = Order(
            id: id, patientID: terms.patientID, pharmacyID: terms.pharmacyID, medication: medication, terms: terms,
            createdAt: now, status: .pending, shipping: nil, shipments: [],
            history: [StatusChange(status: .pending, at: now, reason: nil)], eventSequence: 0, updatedAt: now,
            dispatch: Dispatch(), refillOf: refillOf)
        let event = order.nextEvent(eventID, at: now)
        return (order, event)
    }

    /// An event of the present status and parcel.
    mutating func nextEvent(_ id: EventID, at moment: Timestamp) -> OrderEvent {
        eventSequence += 1
        return OrderEvent(
            id: id, type: EventType(status), sequence: eventSequence, orderID: self.id, reference: terms.reference,
            customerReference: terms.customerReference, status: status, shipping: shipping, occurredAt: moment)
    }

    package init(
        id: OrderID, patientID: PatientID, pharmacyID: PharmacyID, medication: CatalogItem, terms: OrderTerms,
        createdAt: Timestamp, status: OrderStatus, shipping: Shipping?, shipments: [Shipment],
        history: [StatusChange], eventSequence: Int, updatedAt: Timestamp, dispatch: Dispatch,
        refillOf: OrderID? = nil, refills: [OrderID] = [], webhookURLsSince: Int = 1
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
        self.refillOf = refillOf
        self.refills = refills
        self.webhookURLsSince = webhookURLsSince
    }
}
