import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// Orders (guide, section 4).
enum OrderEndpoints {
    /// In the order of the guide.
    static let all = [submit, list, get, cancel]

    /// The order in the path.
    private static let uuid = Operation.Parameter.path(
        "uuid", "The order's uuid.", example: "fd44a635-6d0c-47fa-8343-e0d604d46992")

    /// The answer with one order, here and among the sandbox's controls.
    static let one = Operation.Response(
        .ok, "The order.", schema: .data(.reference("Order")), example: ["data": OrderSchemas.example])

    /// `POST orders`.
    private static let submit = Endpoint(
        Operation(
            "submitOrder", .post, "orders", tag: .orders, summary: "Submit an order",
            description: """
                Sends a prescription order. It is accepted once it is durable; handing it to the pharmacy happens \
                after, and the patient is synchronised with it. We strongly recommend `webhook_urls`, so that you \
                receive status updates without polling.
                """,
            parameters: [
                .flag("dry_run", "Whether everything is checked and nothing is made; the answer is 200 then."),
                .idempotencyKey,
            ],
            body: .json(.reference("NewOrder"), examples: [("order", OrderSchemas.newExample)]),
            responses: [
                Operation.Response(
                    .ok, "The order as it would be; nothing was made (`dry_run`).",
                    schema: .data(.reference("OrderPreview")), example: ["data": OrderSchemas.previewExample]),
                Operation.Response(
                    .created, "The new order.", schema: .data(.reference("Order")),
                    example: ["data": OrderSchemas.example], headers: [.location, .idempotentReplayed],
                    links: [
                        Operation.Link("getOrder", "uuid", from: "/data/uuid"),
                        Operation.Link("cancelOrder", "uuid", from: "/data/uuid"),
                        Operation.Link("advanceSandboxOrder", "uuid", from: "/data/uuid"),
                    ]),
            ],
            errors: [.priceChanged, .pharmacyUnavailable])
    ) { request in
        let dryRun = try request.query { $0.flag("dry_run") }
        let idempotency = try request.idempotency()
        let order = try await request.services.orders.submit(
            body: request.body, dryRun: dryRun, tenant: request.tenant, idempotency: dryRun ? nil : idempotency)
        let response = PartnerResponse.data(order.value)
        guard !dryRun else { return response }
        return response.created(at: request.location("orders/\(order.value.uuid ?? "")")).replayed(order.isReplay)
    }

    /// `GET orders`.
    private static let list = Endpoint(
        Operation(
            "listOrders", .get, "orders", tag: .orders, summary: "List orders",
            description: """
                Your orders, newest first, in pages; with `updated_since` what has changed, oldest change first. Filters \
                narrow the list together. To walk through all of them, send `pagination.next_cursor` as `cursor` until it \
                is `null`. A `410` with the code `cursor_expired` means that the walk must begin again.
                """,
            parameters: [
                .page, .perPage, .cursor,
                .query("status", .oneOf(OrderStatus.self), "Orders in this status.", example: "shipped"),
                .text(
                    "order_id", maximum: OrderRules.referenceLimit,
                    "Orders with exactly this order reference of yours.",
                    example: "ORD-12345"),
                .text(
                    "customer_id", maximum: OrderRules.referenceLimit,
                    "Orders with exactly this customer reference of yours.", example: "CUST-789"),
                .query(
                    "patient_id", .uuid, "Orders for this patient.", example: "135fef3b-b4ac-485f-b9bf-e8beef4990c7"),
                .moment("created_from", "Orders created at or after this moment."),
                .moment(
                    "created_to",
                    """
                    Orders created at or before this moment. Without a fraction it covers its whole second, as \
                    `created_at` is shown in whole seconds.
                    """),
                .updatedSince,
            ],
            responses: [
                Operation.Response(
                    .ok, "A page of orders.", schema: .listPage(of: .reference("Order")),
                    example: ["data": [OrderSchemas.example], "pagination": CommonSchemas.listPaginationExample],
                    links: [Operation.Link("getOrder", "uuid", from: "/data/0/uuid")])
            ],
            errors: [.cursorExpired])
    ) { request in
        let (filter, page) = try request.query { query in (query.orderFilter(), query.listPage()) }
        return .page(try await request.services.orders.list(filter, page: page, tenant: request.tenant))
    }

    /// `GET orders/{uuid}`.
    private static let get = Endpoint(
        Operation(
            "getOrder", .get, "orders/{uuid}", tag: .orders, summary: "Get an order",
            description: "One order with its history.", parameters: [uuid], responses: [one])
    ) { request in
        .data(try await request.services.orders.get(request.id(), tenant: request.tenant))
    }

    /// `POST orders/{uuid}/cancel`.
    private static let cancel = Endpoint(
        Operation(
            "cancelOrder", .post, "orders/{uuid}/cancel", tag: .orders, summary: "Cancel an order",
            description: """
                Cancels an order that is pending or confirmed. A pharmacy that may have it is asked first, and may have \
                gone too far.
                """,
            parameters: [uuid],
            body: .json(
                .reference("OrderCancellation"), isRequired: false, examples: [("reason", ["reason": "Ordered twice"])]),
            responses: [one], errors: [.orderNotCancellable, .pharmacyUnavailable])
    ) { request in
        .data(
            try await request.services.orders.cancel(request.id(), body: request.body, tenant: request.tenant))
    }
}

extension QueryReader {
    /// What a list of orders is narrowed to.
    fileprivate mutating func orderFilter() -> OrderFilter {
        var filter = OrderFilter()
        filter.status = choice("status")
        filter.reference = text("order_id", maximum: OrderRules.referenceLimit)
        filter.customerReference = text("customer_id", maximum: OrderRules.referenceLimit)
        filter.patientID = identifier("patient_id")
        filter.createdFrom = timestamp("created_from")
        filter.createdTo = upperBound("created_to")
        filter.updatedSince = timestamp("updated_since")
        return filter
    }
}
