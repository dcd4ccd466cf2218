package import PharmacyDomain

/// Orders on the wire (guide, section 4).
package enum OrderResource {
    private typealias Member<Value: Sendable> = ResourceMember<OrderDraft, Value>

    /// The body that submits an order. Its examples are the guide's.
    package static let draft = RequestResource(
        OrderDraft.init(
            patientID:pharmacyID:medicationID:dispenseQuantity:daysSupply:reference:customerReference:memo:
            clinicalNotes:webhookURLs:expectedPrice:shipTo:shippingMethod:prescriber:directions:refillsAuthorized:),
        Member<PatientID>(
            "patient_id", { $0.terms.patientID }, .id("must be a patient's uuid."), "The patient's uuid.",
            example: Examples.patient),
        Member<PharmacyID>(
            "pharmacy_id", { $0.terms.pharmacyID }, .id("must be a pharmacy's id."), "The pharmacy's id.",
            example: Examples.pharmacy),
        Member<String>(
            "medication_id", { $0.terms.medicationID }, .text(OrderRules.medicationID),
            "From the pharmacy's catalog.", example: "eyJpIjoiMTI1MCJ9"),
        Member<Int>(
            "dispense_quantity", { $0.terms.dispenseQuantity }, .integer(OrderRules.dispenseQuantity),
            "Total quantity to dispense.", example: 4),
        Member<Int?>(
            "days_supply", { $0.terms.daysSupply }, .optional(.integer(OrderRules.daysSupply)),
            "Days supply for the prescription.", example: 28),
        Member<String?>(
            "order_id", { $0.terms.reference }, .optional(.text(OrderRules.reference)),
            "Your order reference, at most 100 characters.", example: "ORD-12345"),
        Member<String?>(
            "customer_id", { $0.terms.customerReference }, .optional(.text(OrderRules.reference)),
            "Your customer reference, at most 100 characters.", example: "CUST-789"),
        Member<String?>(
            "memo", { $0.terms.memo }, .optional(.text(OrderRules.memo)),
            "Internal memo, at most 1024 characters.", example: "Draft created via automation"),
        Member<String?>(
            "clinical_notes", { $0.terms.clinicalNotes }, .optional(.text(OrderRules.clinicalNotes)),
            "For the pharmacist, at most 2048 characters.",
            example: "Patient tolerates therapy. Continue same dose."),
        Member<[WebhookURL]>(
            "webhook_urls", { $0.terms.webhookURLs }, .webhookURLs,
            """
            Up to 5 URLs that receive the order's events, each at most 2048 characters. Outside a sandbox they must be \
            https and point to public addresses.
            """, example: [Examples.webhookURL]),
        Member<Price?>(
            "expected_price", { $0.expectedPrice }, .optional(.price),
            "If the price is different now, nothing is ordered: 409 `price_changed`.", example: nil),
        Member<ShipTo?>(
            "ship_to", { $0.terms.shipTo }, .optional(ShipToResource.type),
            "Where to send the order. Omit it to send the order to the patient's address.", example: nil),
        Member<ShippingMethod?>(
            "shipping_method", { $0.terms.shippingMethod }, .optional(shippingMethod),
            "How fast to send it: `standard`, `two_day` or `overnight`. Omit it to leave the choice to the pharmacy.",
            example: nil),
        Member<Prescriber?>(
            "prescriber", { $0.terms.prescriber }, .optional(PrescriberResource.type),
            "Who has prescribed the medication. Required, with `dea_number`, for controlled substances.", example: nil),
        Member<String?>(
            "directions", { $0.terms.directions }, .optional(.text(OrderRules.directions)),
            "What the patient is to do with the medication (Sig), at most 1000 characters.", example: nil),
        Member<Int?>(
            "refills_authorized", { $0.terms.refillsAuthorized }, .optional(.integer(OrderRules.refillsAuthorized)),
            "How often the order may be filled again: none for schedule 2, at most 5 times for schedules 3 and 4.",
            example: nil))

    private static let shippingMethod = WireType<ShippingMethod>.choice(
        "must be standard, two_day or overnight.")

    /// The version of an order's representation. Raise it when a member of `order` is added, renamed or removed: stored
    /// representations are then rendered again when they are read.
    package static let version = 2

    /// An order in responses.
    package static let order = resource(
        uuid: ResponseMember("uuid", .uuid.example(Examples.order.json)) { $0.id.json })

    /// An order that a dry run would have placed.
    static let preview = resource(
        uuid: ResponseMember("uuid", .uuid.nullable.described("Always `null`: no order was placed.")) { _ in .null })

    private static func resource(uuid: ResponseMember<Order>) -> ResponseResource<Order> {
        ResponseResource<Order>([uuid] + members, example: example)
    }

    /// All members except `uuid`.
    private static let members: [ResponseMember<Order>] = [
        ResponseMember("status", .reference("OrderStatus")) { .string($0.status.rawValue) },
        ResponseMember("order_id", .shownText(OrderRules.reference.maximum).nullable) { JSON($0.terms.reference) },
        ResponseMember("customer_id", .shownText(OrderRules.reference.maximum).nullable) {
            JSON($0.terms.customerReference)
        },
        ResponseMember("patient_id", .uuid) { $0.patientID.json },
        ResponseMember("pharmacy_id", .uuid) { $0.pharmacyID.json },
        ResponseMember(
            "medication",
            .reference("Medication").described("The catalog item with its price when the order was placed.")
        ) { PharmacyResource.medication.encode($0.medication) },
        ResponseMember("dispense_quantity", WireType<Int>.integer(OrderRules.dispenseQuantity).responseSchema) {
            JSON($0.terms.dispenseQuantity)
        },
        ResponseMember("days_supply", WireType<Int>.integer(OrderRules.daysSupply).responseSchema.nullable) {
            JSON($0.terms.daysSupply)
        },
        ResponseMember("memo", .shownText(OrderRules.memo.maximum).nullable) { JSON($0.terms.memo) },
        ResponseMember("clinical_notes", .shownText(OrderRules.clinicalNotes.maximum).nullable) {
            JSON($0.terms.clinicalNotes)
        },
        ResponseMember("webhook_urls", .array(of: .string(), maximum: OrderRules.webhookURLLimit)) {
            .array($0.terms.webhookURLs.map { .string($0.text) })
        },
        ResponseMember(
            "webhook_urls_since",
            .integer(1).described(
                "The `sequence` of the first event for these URLs; 1, unless the URLs were changed."
            ).example(1)
        ) { JSON($0.webhookURLsSince) },
        ResponseMember(
            "ship_to",
            .reference("ShipTo").nullable.described("`null` for orders from before the API showed it.")
        ) { $0.terms.shipTo.map(ShipToResource.type.write) ?? .null },
        ResponseMember("shipping_method", .oneOf(ShippingMethod.self).nullable) {
            JSON($0.terms.shippingMethod?.rawValue)
        },
        ResponseMember("prescriber", .reference("Prescriber").nullable) {
            $0.terms.prescriber.map(PrescriberResource.type.write) ?? .null
        },
        ResponseMember("directions", .shownText(OrderRules.directions.maximum).nullable) {
            JSON($0.terms.directions)
        },
        ResponseMember(
            "refills_authorized", WireType<Int>.integer(OrderRules.refillsAuthorized).responseSchema.nullable
        ) { JSON($0.terms.refillsAuthorized) },
        ResponseMember(
            "shipping",
            .reference("Shipping").nullable.described("The parcel that the pharmacy reported on last.")
        ) { $0.shipping.map(shipping.encode) ?? .null },
        ResponseMember(
            "shipments",
            .array(of: .reference("Shipment"), maximum: OrderRules.shipmentLimit)
                .described("All parcels, in the order in which the pharmacy reported them. Most orders have one.")
        ) { .array($0.shipments.map(shipment.encode)) },
        ResponseMember("dispatch", .reference("Dispatch")) { dispatch.encode($0.dispatch) },
        ResponseMember(
            "status_history", .array(of: .reference("StatusChange")).described("Oldest first.")
        ) { .array($0.history.map(statusChange.encode)) },
        ResponseMember(
            "event_sequence",
            .integer().described("The `sequence` of the order's latest event, which describes this state.").example(4)
        ) { JSON($0.eventSequence) },
        ResponseMember(
            "refill_of", .uuid.nullable.described("The order that this one fills again; `null` if it is not a refill.")
        ) { $0.refillOf?.json ?? .null },
        ResponseMember(
            "refills", .array(of: .uuid).described("The orders that fill this one again, oldest first.")
        ) { .array($0.refills.map(\.json)) },
        ResponseMember("created_at", .timestamp) { JSON($0.createdAt) },
        ResponseMember(
            "updated_at",
            .timestamp.described("When the order, including its parcels, last changed in our system.")
        ) { JSON($0.updatedAt) },
    ]

    /// Carrier, tracking number and status of a parcel (guide, Webhook Payload).
    static let shipping = ResponseResource<Order.Shipping>(
        [
            ResponseMember("carrier", .string()) { .string($0.carrier) },
            ResponseMember("tracking", .string().described("Tracking number.")) { .string($0.tracking) },
            ResponseMember("shipping_status", .string()) { .string($0.status) },
        ], example: Examples.shipping)

    /// One of an order's parcels.
    private static let shipment = ResponseResource<Order.Shipment>(
        shipping.members.map { member in member.lifted { (shipment: Order.Shipment) in shipment.parcel.shipping } }
            .prepending(
                ResponseMember(
                    "parcel_id", .string().nullable.described("The pharmacy's id of the parcel, if it has one.")
                ) { JSON($0.parcel.id) }) + [
                ResponseMember(
                    "tracking_url",
                    .string(format: "uri").nullable.described(
                        "Where the carrier shows the parcel; for USPS, UPS and FedEx.")
                ) { JSON($0.parcel.shipping.trackingURL) },
                ResponseMember(
                    "estimated_delivery",
                    .string(format: "date").nullable.described("The day on which the parcel is expected, if known.")
                ) { JSON($0.parcel.estimatedDelivery?.description) },
                ResponseMember(
                    "shipped_at",
                    .timestamp.nullable.described("When the parcel was shipped. `null` until the pharmacy reports it.")
                ) { JSON($0.parcel.times.shippedAt) },
                ResponseMember(
                    "delivered_at",
                    .timestamp.nullable.described(
                        "When the parcel was delivered. `null` until the pharmacy reports it.")
                ) { JSON($0.parcel.times.deliveredAt) },
                ResponseMember(
                    "reported_at", .timestamp.described("When the pharmacy reported this state of the parcel.")
                ) {
                    JSON($0.reportedAt)
                },
            ], example: Examples.shipment)

    /// The dispatch of an order to the pharmacy.
    private static let dispatch = ResponseResource<Order.Dispatch>(
        [
            ResponseMember(
                "status",
                .oneOf(Order.Dispatch.Status.self).described(
                    """
                    `pending`: being dispatched. `accepted`: the pharmacy has it. `refused`: the pharmacy refused it, \
                    or was unavailable for too long. `withdrawn`: it was cancelled before the pharmacy had it.
                    """)
            ) { .string($0.status.rawValue) },
            ResponseMember("attempts", .integer(0).described("The number of completed attempts.").example(1)) {
                JSON($0.attempts)
            },
            ResponseMember("next_attempt_at", .timestamp.nullable) { JSON($0.nextAttemptAt) },
            ResponseMember(
                "last_error",
                .string().nullable.described("Why the last attempt failed, as a code such as `timed_out`.")
            ) { JSON($0.lastError) },
        ], example: Order.Dispatch())

    /// One change of status.
    private static let statusChange = ResponseResource<Order.StatusChange>(
        [
            ResponseMember("status", .reference("OrderStatus")) { .string($0.status.rawValue) },
            ResponseMember(
                "at", .timestamp.described("When the change happened. It may have been reported much later.")
            ) {
                JSON($0.at)
            },
            ResponseMember("reason", .string().nullable) { JSON($0.reason) },
        ], example: Order.StatusChange(status: .pending, at: Examples.time, reason: nil))

    /// The body that cancels an order.
    static let cancellation = RequestResource(
        { (reason: String?) in Cancellation(reason: reason) },
        ResourceMember<Cancellation, String?>(
            "reason", { $0.reason }, .optional(.text(OrderRules.reason)), "At most 255 characters.",
            example: "Ordered twice"))

    /// A request to cancel an order.
    struct Cancellation: Sendable {
        let reason: String?
    }

    /// The body that advances a sandbox order.
    static let advance = RequestResource(
        { (status: OrderStatus) in status },
        ResourceMember<OrderStatus, OrderStatus>(
            "status", { $0 }, .choice("must be one of the order statuses."), "The status to advance to.",
            example: .shipped))

    /// The UUIDs of earlier orders that are probably the same one.
    static let possibleDuplicates = PossibleDuplicates.property(
        """
        Your orders of the last 24 hours for the same patient, pharmacy and product that were not cancelled and have not \
        failed, newest first. The new order was placed anyway.
        """)

    private static let status = Schema.oneOf(OrderStatus.self).described(
        """
        `pending`: received, awaiting processing. `confirmed`: confirmed by the pharmacy. `processing`: being \
        prepared. `shipped`: has been shipped. `delivered`: has been delivered. `cancelled`: was cancelled. `failed`: \
        processing failed. `refunded`: has been refunded.
        """)

    private static let example: Order = {
        let terms = draft.example.terms.addressed(to: PatientResource.details.example)
        return Order.placed(
            id: Examples.order, eventID: Examples.event, terms: terms, medication: PharmacyResource.medication.example,
            at: Examples.time
        ).order
    }()

    /// The components of the document.
    static let components: [(name: String, schema: Schema)] =
        [
            ("NewOrder", draft.schema), ("OrderCancellation", cancellation.schema), ("Order", order.schema),
            ("OrderPreview", preview.schema), ("Shipping", shipping.schema), ("Shipment", shipment.schema),
            ("StatusChange", statusChange.schema),
            ("Dispatch", dispatch.schema.described("The state of the dispatch to the pharmacy.")),
            ("OrderStatus", status),
        ] + ShipToResource.components + PrescriberResource.components + OrderChangeResource.components
}

extension Array {
    /// The array with `first` inserted at the start.
    fileprivate func prepending(_ first: Element) -> [Element] { [first] + self }
}

extension WireType where Value == [WebhookURL] {
    /// URLs that receive an order's events. Duplicates are dropped.
    static var webhookURLs: WireType {
        let limit = OrderRules.webhookURLLimit
        let url = Schema.string(maximum: WebhookURL.lengthLimit, format: "uri")
        return WireType(
            request: .array(of: url, maximum: limit).nullable, response: .array(of: .string(), maximum: limit),
            absent: [], write: { .array($0.map { .string($0.text) }) }
        ) { json, name, context, errors in
            guard let elements = WireType.elements(json, name, atMost: limit, &errors) else { return .invalid }
            var urls: [WebhookURL] = []
            for (index, element) in elements.enumerated() {
                let name = "\(name).\(index)"
                guard let text = element.text else {
                    errors.add(name, "\(name) must be a string.")
                    continue
                }
                do throws(WebhookURL.Refusal) {
                    let url = try WebhookURL(text, egress: context.egress)
                    if !urls.contains(url) { urls.append(url) }
                } catch {
                    errors.add(name, "\(name) \(error.sentence)")
                }
            }
            return .value(urls)
        }
    }
}
