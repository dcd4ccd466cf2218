extension Order {
    /// The order as it is stored. Format 1.
    package var document: JSON {
        [
            "uuid": .string(id.description),
            "status": .string(status.rawValue),
            "order_id": JSON(terms.reference),
            "customer_id": JSON(terms.customerReference),
            "patient_id": .string(patientID.description),
            "pharmacy_id": .string(pharmacyID.description),
            "medication": .object(CatalogItem.members.write(medication)),
            "dispense_quantity": JSON(terms.dispenseQuantity),
            "days_supply": JSON(terms.daysSupply),
            "memo": JSON(terms.memo),
            "clinical_notes": JSON(terms.clinicalNotes),
            "webhook_urls": .array(terms.webhookURLs.map { .string($0.text) }),
            "webhook_urls_since": JSON(webhookURLsSince),
            "ship_to": terms.shipTo.map { .object(ShipTo.members.write($0)) } ?? .null,
            "shipping_method": JSON(terms.shippingMethod?.rawValue),
            "prescriber": terms.prescriber.map { .object(Prescriber.members.write($0)) } ?? .null,
            "directions": JSON(terms.directions),
            "refills_authorized": JSON(terms.refillsAuthorized),
            "shipping": shipping?.document ?? .null,
            "shipments": .array(shipments.map(\.document)),
            "dispatch": dispatch.document,
            "status_history": .array(history.map(\.document)),
            "event_sequence": JSON(eventSequence),
            "refill_of": JSON(refillOf?.description),
            "refills": .array(refills.map { .string($0.description) }),
            "created_at": JSON(createdAt),
            "updated_at": JSON(updatedAt),
        ]
    }

    /// Reads back what `document` wrote; `nil` for anything else.
    package init?(document: JSON) {
        // Read in the order of the document, in which a lookup takes no search.
        var members = MemberLookup(in: document)
        func text(_ name: String) -> String? { members[name]?.text }
        func integer(_ name: String) -> Int? { members[name]?.wholeNumber.map(Int.init) }
        guard let id = text("uuid").flatMap(OrderID.init),
            let status = text("status").flatMap(OrderStatus.init(rawValue:))
        else { return nil }
        let (reference, customerReference) = (text("order_id"), text("customer_id"))
        guard let patientID = text("patient_id").flatMap(PatientID.init),
            let pharmacyID = text("pharmacy_id").flatMap(PharmacyID.init),
            let medication = members["medication"].flatMap(CatalogItem.members.read),
            let quantity = integer("dispense_quantity")
        else { return nil }
        let daysSupply = integer("days_supply")
        let (memo, clinicalNotes) = (text("memo"), text("clinical_notes"))
        guard let urls = members["webhook_urls"]?.elements?.compactMap(\.text) else { return nil }
        let webhookURLsSince = integer("webhook_urls_since") ?? 1
        let terms = OrderTerms(
            patientID: patientID, pharmacyID: pharmacyID, medicationID: medication.medicationID,
            dispenseQuantity: quantity, daysSupply: daysSupply, reference: reference,
            customerReference: customerReference, memo: memo, clinicalNotes: clinicalNotes,
            webhookURLs: urls.map(WebhookURL.init(stored:)), shipTo: members["ship_to"].flatMap(ShipTo.members.read),
            shippingMethod: text("shipping_method").flatMap(ShippingMethod.init(rawValue:)),
            prescriber: members["prescriber"].flatMap(Prescriber.members.read), directions: text("directions"),
            refillsAuthorized: integer("refills_authorized"))
        let shipping = members["shipping"].flatMap(Shipping.init(document:))
        let storedShipments = members["shipments"]?.elements?.compactMap(Shipment.init(document:))
        let dispatch = members["dispatch"].flatMap(Dispatch.init(document:)) ?? Dispatch()
        guard let history = members["status_history"]?.elements?.compactMap(StatusChange.init(document:)) else {
            return nil
        }
        // The first programs stored no list of shipments and no event sequence: each event was a change of status.
        let eventSequence = integer("event_sequence") ?? history.count
        let refillOf = text("refill_of").flatMap(OrderID.init)
        let refills = members["refills"]?.elements?.compactMap { $0.text.flatMap(OrderID.init) } ?? []
        guard let createdAt = text("created_at").flatMap(Timestamp.init) else { return nil }
        let changedAt = history.last?.at ?? createdAt
        self.init(
            id: id, patientID: patientID, pharmacyID: pharmacyID, medication: medication, terms: terms,
            createdAt: createdAt, status: status, shipping: shipping,
            shipments: storedShipments
                ?? shipping.map { [Shipment(parcel: Parcel(shipping: $0), reportedAt: changedAt)] } ?? [],
            history: history, eventSequence: eventSequence,
            updatedAt: text("updated_at").flatMap(Timestamp.init) ?? changedAt, dispatch: dispatch, refillOf: refillOf,
            refills: refills, webhookURLsSince: webhookURLsSince)
    }
}

extension Order.Shipping {
    /// The `shipping` object of an order and of a webhook's payload.
    package var document: JSON {
        ["carrier": .string(carrier), "tracking": .string(tracking), "shipping_status": .string(status)]
    }

    init?(document: JSON) {
        guard let carrier = document["carrier"]?.text, let tracking = document["tracking"]?.text,
            let status = document["shipping_status"]?.text
        else { return nil }
        self.init(carrier: carrier, tracking: tracking, status: status)
    }
}

extension Order.StatusChange {
    var document: JSON {
        ["status": .string(status.rawValue), "at": JSON(at), "reason": JSON(reason)]
    }

    init?(document: JSON) {
        guard let status = document["status"]?.text.flatMap(OrderStatus.init(rawValue:)),
            let moment = document["at"]?.text.flatMap(Timestamp.init)
        else { return nil }
        self.init(status: status, at: moment, reason: document["reason"]?.text)
    }
}
