import PharmacyDomain

/// The shapes of orders, with the guide's constraints.
enum OrderSchemas {
    /// The components of the document.
    static let components: [(name: String, schema: Schema)] = [
        ("NewOrder", newOrder), ("OrderCancellation", cancellation), ("Order", order),
        ("OrderPreview", preview), ("Shipping", .object(shipping)), ("Shipment", shipment),
        ("StatusChange", statusChange), ("Dispatch", dispatch), ("OrderStatus", status),
    ]

    /// The body that submits an order.
    private static let newOrder = Schema.object([
        .required("patient_id", .uuid.described("The patient's uuid.").example("135fef3b-b4ac-485f-b9bf-e8beef4990c7")),
        .required("pharmacy_id", .uuid.described("The pharmacy's id.").example("a4f57791-c5a6-4e6a-8841-5a0d6bf5b9d1")),
        .required(
            "medication_id",
            .string(maximum: OrderRules.medicationIDLimit, pattern: TextPattern.line)
                .described("From the pharmacy's catalogue.").example("eyJpIjoiMTI1MCJ9")),
        .required("dispense_quantity", dispenseQuantity),
        .optional("days_supply", daysSupply.nullable),
        .optional("order_id", reference("Your order reference, at most 100 characters.").example("ORD-12345")),
        .optional("customer_id", reference("Your customer reference, at most 100 characters.").example("CUST-789")),
        .optional(
            "memo",
            lines(OrderRules.memoLimit, "Internal memo, at most 1024 characters.")
                .example("Draft created via automation")),
        .optional(
            "clinical_notes",
            lines(OrderRules.clinicalNotesLimit, "For the pharmacist, at most 2048 characters.")
                .example("Patient tolerates therapy. Continue same dose.")),
        .optional("webhook_urls", webhookURLs),
        .optional(
            "expected_price",
            .string(pattern: TextPattern.optional(TextPattern.price)).nullable
                .described("Where it is given and the price is another now, nothing is ordered: 409 `price_changed`.")
                .example("188.00")),
    ])

    /// 1 to 1000.
    private static let dispenseQuantity = Schema.integer(1, 1000).described("Total quantity to dispense.").example(4)
    /// 1 to 365.
    private static let daysSupply = Schema.integer(1, 365).described("Days supply for the prescription.").example(28)

    /// One of the partner's references.
    private static func reference(_ description: String) -> Schema {
        .string(maximum: OrderRules.referenceLimit, pattern: TextPattern.optionalLine).nullable
            .described(description)
    }

    /// A text of several lines.
    private static func lines(_ maximum: Int, _ description: String) -> Schema {
        .string(maximum: maximum, pattern: TextPattern.optionalLines).nullable.described(description)
    }

    /// Where the events go.
    private static let webhookURLs = Schema.array(
        of: .string(maximum: WebhookURL.lengthLimit, pattern: TextPattern.required(TextPattern.webhookURL))
            .example("https://your-app.com/webhooks/orders"),
        maximum: OrderRules.webhookURLLimit
    ).nullable.described(
        """
        Up to 5 URLs that receive the order's events, each at most 2048 characters. Outside a sandbox they must be https \
        and point to public addresses.
        """)

    /// The body that cancels an order.
    private static let cancellation = Schema.object([
        .optional(
            "reason",
            .string(maximum: OrderRules.reasonLimit, pattern: TextPattern.optionalLine).nullable
                .described("At most 255 characters.").example("Ordered twice"))
    ])

    /// The eight statuses.
    private static let status = Schema.oneOf(OrderStatus.self).described(
        """
        `pending`: received, awaiting processing. `confirmed`: confirmed by the pharmacy. `processing`: being prepared. \
        `shipped`: has been shipped. `delivered`: has been delivered. `cancelled`: was cancelled. `failed`: processing \
        failed. `refunded`: has been refunded.
        """)

    /// An order as the API shows it.
    private static let order = order(uuid: .uuid.example("fd44a635-6d0c-47fa-8343-e0d604d46992"))

    /// An order that was not made.
    private static let preview = order(uuid: .uuid.nullable.described("`null`: there is no such order."))

    /// An order, made or not.
    private static func order(uuid: Schema) -> Schema {
        .object([.required("uuid", uuid)] + orderProperties)
    }

    /// What every order has beside its uuid.
    private static let orderProperties: [Schema.Property] = [
        .required("status", .reference("OrderStatus")),
        .required("order_id", .shownText(OrderRules.referenceLimit).nullable.example("ORD-12345")),
        .required("customer_id", .shownText(OrderRules.referenceLimit).nullable.example("CUST-789")),
        .required("patient_id", .uuid),
        .required("pharmacy_id", .uuid),
        .required("medication", .reference("Medication").described("The catalogue item, its price as ordered.")),
        .required("dispense_quantity", dispenseQuantity),
        .required("days_supply", daysSupply.nullable),
        .required("memo", .shownText(OrderRules.memoLimit).nullable),
        .required("clinical_notes", .shownText(OrderRules.clinicalNotesLimit).nullable),
        .required("webhook_urls", .array(of: .string(), maximum: OrderRules.webhookURLLimit)),
        .required(
            "shipping",
            .reference("Shipping").nullable.described("The parcel that the pharmacy has reported on last.")),
        .required(
            "shipments",
            .array(of: .reference("Shipment"), maximum: OrderRules.shipmentLimit)
                .described("Every parcel, in the order in which they became known; most orders have one.")),
        .required("dispatch", .reference("Dispatch")),
        .required("status_history", .array(of: .reference("StatusChange")).described("Oldest first.")),
        .required(
            "event_sequence",
            .integer().described("The `sequence` of the order's latest event: whoever has that one knows this state.")
                .example(4)),
        .required("created_at", .timestamp),
        .required(
            "updated_at",
            .timestamp.described("When something of the order was last recorded here, its parcels included.")),
    ]

    /// Where the parcel is.
    private static let shipping: [Schema.Property] = [
        .required("carrier", .string().example("USPS")),
        .required("tracking", .string().described("Tracking number.").example("9400111899223033005012")),
        .required("shipping_status", .string().example("In Transit")),
    ]

    /// One of an order's parcels.
    private static let shipment = Schema.object(
        shipping + [
            .required(
                "parcel_id",
                .string().nullable.described("The pharmacy's id of the parcel, where it has one.").example("P-1")),
            .required(
                "estimated_delivery",
                .string(format: "date").nullable.described("The day it is expected on, where that is known.")
                    .example("2025-12-27")),
            .required("reported_at", .timestamp.described("When the pharmacy said so.")),
        ])

    /// The hand-over to the pharmacy.
    private static let dispatch = Schema.object([
        .required(
            "status",
            .oneOf(Order.Dispatch.Status.self).described(
                """
                `pending`: being handed over. `accepted`: the pharmacy has it. `refused`: the pharmacy did not take it, \
                or could not be reached for too long. `withdrawn`: cancelled before the pharmacy had it.
                """)),
        .required("attempts", .integer(0).described("Tries that have come to an end.").example(1)),
        .required("next_attempt_at", .timestamp.nullable),
        .required(
            "last_error",
            .string().nullable.described("Why the last try came to nothing, as a code such as `timed_out`.")),
    ]).described("How far the hand-over to the pharmacy has come.")

    /// One change of status.
    private static let statusChange = Schema.object([
        .required("status", .reference("OrderStatus")),
        .required("at", .timestamp.described("When it happened, which may be long before it was reported.")),
        .required("reason", .string().nullable),
    ])

    // MARK: Examples

    /// The guide's order.
    static let newExample: JSON = [
        "patient_id": "135fef3b-b4ac-485f-b9bf-e8beef4990c7",
        "pharmacy_id": "a4f57791-c5a6-4e6a-8841-5a0d6bf5b9d1",
        "medication_id": "eyJpIjoiMTI1MCJ9",
        "dispense_quantity": 4,
        "days_supply": 28,
        "order_id": "ORD-12345",
        "customer_id": "CUST-789",
        "memo": "Draft created via automation",
        "clinical_notes": "Patient tolerates therapy. Continue same dose.",
        "webhook_urls": ["https://your-app.com/webhooks/orders"],
    ]

    /// That order as the API shows it.
    static let example = example(uuid: "fd44a635-6d0c-47fa-8343-e0d604d46992")

    /// That order, had it not been made.
    static let previewExample = example(uuid: nil)

    /// An order, made or not.
    private static func example(uuid: JSON) -> JSON {
        .object([JSON.Member("uuid", uuid)] + (exampleMembers.members ?? []))
    }

    /// What the order has beside its uuid.
    private static let exampleMembers: JSON = [
        "status": "pending",
        "order_id": "ORD-12345",
        "customer_id": "CUST-789",
        "patient_id": "135fef3b-b4ac-485f-b9bf-e8beef4990c7",
        "pharmacy_id": "a4f57791-c5a6-4e6a-8841-5a0d6bf5b9d1",
        "medication": PharmacySchemas.medicationExample,
        "dispense_quantity": 4,
        "days_supply": 28,
        "memo": "Draft created via automation",
        "clinical_notes": "Patient tolerates therapy. Continue same dose.",
        "webhook_urls": ["https://your-app.com/webhooks/orders"],
        "shipping": nil,
        "shipments": [],
        "dispatch": ["status": "pending", "attempts": 0, "next_attempt_at": nil, "last_error": nil],
        "status_history": [["status": "pending", "at": "2025-12-22T17:15:01+00:00", "reason": nil]],
        "event_sequence": 1,
        "created_at": "2025-12-22T17:15:01+00:00",
        "updated_at": "2025-12-22T17:15:01+00:00",
    ]
}
