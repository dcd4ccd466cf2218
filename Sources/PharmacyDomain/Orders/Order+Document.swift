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
        func text(_ name: String) -> String? { document[name]?.text }
        guard let id = text("uuid").flatMap(OrderID.init),
            let status = text("status").flatMap(OrderStatus.init(rawValue:)),
            let patientID = text("patient_id").flatMap(PatientID.init),
            let pharmacyID = text("pharmacy_id").flatMap(PharmacyID.init),
            let medication = document["medication"].flatMap(CatalogItem.members.read),
            let quantity = document["dispense_quantity"]?.wholeNumber,
            let createdAt = text("created_at").flatMap(Timestamp.init),
            let history = document["status_history"]?.elements?.compactMap(StatusChange.init(document:)),
            let urls = document["webhook_urls"]?.elements?.compactMap(\.text)
        else { return nil }
        let terms = OrderTerms(
            patientID: patientID, pharmacyID: pharmacyID, medicationID: medication.medicationID,
            dispenseQuantity: Int(quantity), daysSupply: document["days_supply"]?.wholeNumber.map(Int.init),
            reference: text("order_id"), customerReference: text("customer_id"), memo: text("memo"),
            clinicalNotes: text("clinical_notes"), webhookURLs: urls.map(WebhookURL.init(stored:)),
            shipTo: document["ship_to"].flatMap(ShipTo.members.read),
            shippingMethod: text("shipping_method").flatMap(ShippingMethod.init(rawValue:)),
            prescriber: document["prescriber"].flatMap(Prescriber.members.read), directions: text("directions"),
            refillsAuthorized: document["refills_authorized"]?.wholeNumber.map(Int.init))
        let changedAt = history.last?.at ?? createdAt
        let shipping = document["shipping"].flatMap(Shipping.init(document:))
        // The first programs stored no list of shipments and no event sequence: each event was a change of status.
        let shipments =
            document["shipments"]?.elements?.compactMap(Shipment.init(document:))
            ?? shipping.map { [Shipment(parcel: Parcel(shipping: $0), reportedAt: changedAt)] } ?? []
        self.init(
            id: id, patientID: patientID, pharmacyID: pharmacyID, medication: medication, terms: terms,
            createdAt: createdAt, status: status, shipping: shipping, shipments: shipments, history: history,
            eventSequence: document["event_sequence"]?.wholeNumber.map(Int.init) ?? history.count,
            updatedAt: text("updated_at").flatMap(Timestamp.init) ?? changedAt,
            dispatch: document["dispatch"].flatMap(Dispatch.init(document:)) ?? Dispatch(),
            refillOf: text("refill_of").flatMap(OrderID.init),
            refills: document["refills"]?.elements?.compactMap { $0.text.flatMap(OrderID.init) } ?? [],
            webhookURLsSince: document["webhook_urls_since"]?.wholeNumber.map(Int.init) ?? 1)
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
