import PharmacyDomain

/// Changes and refills of orders on the wire.
enum OrderChangeResource {
    private typealias Member<Value: Sendable> = ResourceMember<OrderAmendment, Value>

    /// The body that changes a pending order. A member that is omitted stays; `null` clears it.
    static let amendment = RequestResource(
        OrderAmendment.init(reference:customerReference:memo:webhookURLs:shipTo:),
        Member<String?>(
            "order_id", { $0.reference }, .optional(.text(OrderRules.reference)),
            "Your order reference, at most 100 characters.", example: "ORD-12345-B"),
        Member<String?>(
            "customer_id", { $0.customerReference }, .optional(.text(OrderRules.reference)),
            "Your customer reference, at most 100 characters.", example: "CUST-789"),
        Member<String?>(
            "memo", { $0.memo }, .optional(.text(OrderRules.memo)), "Internal memo, at most 1024 characters.",
            example: nil),
        Member<[WebhookURL]>(
            "webhook_urls", { $0.webhookURLs }, .webhookURLs, "Up to 5 URLs, which receive the events from now on.",
            example: [Examples.webhookURL]),
        Member<ShipTo?>(
            "ship_to", { $0.shipTo }, .optional(ShipToResource.type),
            "Where to send the order; `null` for the patient's address as it was when the order was placed.",
            example: ShipToResource.members.example))

    private typealias RefillMember<Value: Sendable> = ResourceMember<RefillChanges, Value>

    /// The body that fills an order again.
    static let refill = RequestResource(
        RefillChanges.init(reference:customerReference:memo:webhookURLs:shipTo:expectedPrice:),
        RefillMember<String?>(
            "order_id", { $0.reference }, .optional(.text(OrderRules.reference)),
            "Your reference for the new order, at most 100 characters.", example: "ORD-12345-R1"),
        RefillMember<String?>(
            "customer_id", { $0.customerReference }, .optional(.text(OrderRules.reference)),
            "Your customer reference; that of the order if you omit it.", example: nil),
        RefillMember<String?>(
            "memo", { $0.memo }, .optional(.text(OrderRules.memo)), "Internal memo, at most 1024 characters.",
            example: nil),
        RefillMember<[WebhookURL]?>(
            "webhook_urls", { $0.webhookURLs }, .optional(.webhookURLs),
            "URLs for the new order's events; those of the order if you omit them.", example: nil),
        RefillMember<ShipTo?>(
            "ship_to", { $0.shipTo }, .optional(ShipToResource.type),
            """
            Where to send the new order. If you omit it, and the order went to the patient's own address, that is the patient's \
            present address; otherwise the order's address.
            """, example: nil),
        RefillMember<Price?>(
            "expected_price", { $0.expectedPrice }, .optional(.price),
            "If the price is different now, nothing is ordered: 409 `price_changed`.", example: nil))

    /// The components of the document.
    static let components: [(name: String, schema: Schema)] = [
        ("OrderChanges", amendment.changesSchema), ("OrderRefill", refill.schema),
    ]
}
