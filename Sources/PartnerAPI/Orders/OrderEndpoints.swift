import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// Orders (guide, section 4).
enum OrderEndpoints {
    /// In the order of the guide.
    static let all =
        [submit, OrderBatchEndpoint.endpoint, list, listOfPatient, get] + OrderChangeEndpoints.all + [cancel]

    /// The order's uuid in a path. Changes of orders use it too.
    static let uuid = Operation.Parameter.path(
        "uuid", "The order's uuid.", example: "fd44a635-6d0c-47fa-8343-e0d604d46992")

    /// A response with one order. The sandbox's endpoints use it too.
    static let one = Operation.Response(
        .ok, "The order.", schema: .data(.reference("Order")), example: ["data": OrderResource.order.exampleJSON])

    /// `POST orders`.
    private static let submit = Endpoint(
        Operation(
            "submitOrder", .post, "orders", tag: .orders, summary: "Submit an order",
            description: """
                Submits a prescription order. The response arrives when the order is durable; afterwards it is \
                dispatched to the pharmacy, and the patient is synchronized with it. We strongly recommend \
                `webhook_urls`, so that you receive status updates without polling.
                """,
            parameters: [
                .flag("dry_run", "Whether the order is only checked: nothing is ordered, and the response is 200."),
                .idempotencyKey,
            ],
            body: .json(.reference("NewOrder"), examples: [("order", OrderResource.draft.exampleBody)]),
            responses: [
                Operation.Response(
                    .ok, "The order as it would be placed; nothing was ordered (`dry_run`).",
                    schema: .data(.reference("OrderPreview"), adding: [OrderResource.possibleDuplicates]),
                    example: ["data": OrderResource.preview.exampleJSON]),
                Operation.Response(
                    .created, "The new order.",
                    schema: .data(.reference("Order"), adding: [OrderResource.possibleDuplicates]),
                    example: ["data": OrderResource.order.exampleJSON], headers: [.location, .idempotentReplayed],
                    links: [
                        Operation.Link("getOrder", "uuid", from: "/data/uuid"),
                        Operation.Link("cancelOrder", "uuid", from: "/data/uuid"),
                        Operation.Link("advanceSandboxOrder", "uuid", from: "/data/uuid"),
                    ]),
            ],
            errors: [.priceChanged, .prescriberRequired, .pharmacyUnavailable])
    ) { request in
        let dryRun = try request.query { $0.flag("dry_run") }
        let idempotency = try request.idempotency()
        let (body, context) = (request.body, request.wireContext)
        let result = try await request.services.orders.submit(
            dryRun: dryRun, tenant: request.tenant, idempotency: dryRun ? nil : idempotency
        ) { () throws(ValidationErrors) in
            try OrderResource.draft.parse(body, context)
        }
        guard dryRun else { return response(to: result, request) }
        request.subject.record(patient: result.value.order.patientID)
        return .data(
            OrderResource.preview.encode(result.value.order),
            adding: PossibleDuplicates.members(result.value.possibleDuplicates))
    }

    /// The response to a request that has placed an order. Refills use it too.
    static func response(to result: IdempotentResult<PlacedOrder>, _ request: PartnerRequest) -> PartnerResponse {
        let order = result.value.order
        request.subject.record(patient: order.patientID)
        request.subject.record(order: order.id)
        return PartnerResponse.data(
            result.representation, or: OrderResource.order.encode(order),
            adding: PossibleDuplicates.members(result.value.possibleDuplicates)
        )
        .created(at: request.location("orders/\(order.id)")).replayed(result.isReplay)
    }

    /// The filters of every list of orders.
    private static let filters: [Operation.Parameter] = [
        .query("status", .oneOf(OrderStatus.self), "Orders in this status.", example: "shipped"),
        .text(
            "order_id", maximum: OrderRules.reference.maximum,
            "Orders with exactly this order reference of yours.",
            example: "ORD-12345"),
        .text(
            "customer_id", maximum: OrderRules.reference.maximum,
            "Orders with exactly this customer reference of yours.", example: "CUST-789"),
        .moment("created_from", "Orders created at or after this time."),
        .moment(
            "created_to",
            """
            Orders created at or before this time. A time without a fraction includes its whole second, as \
            `created_at` is shown in whole seconds.
            """),
        .updatedSince,
    ]

    private static let patient = Operation.Parameter.query(
        "patient_id", .uuid, "Orders for this patient.", example: "135fef3b-b4ac-485f-b9bf-e8beef4990c7")

    private static let page = Operation.Response(
        .ok, "A page of orders.", schema: .listPage(of: .reference("Order")),
        example: [
            "data": [OrderResource.order.exampleJSON], "pagination": CommonSchemas.listPaginationExample,
        ],
        links: [Operation.Link("getOrder", "uuid", from: "/data/0/uuid")])

    /// `GET orders`.
    private static let list = Endpoint(
        Operation(
            "listOrders", .get, "orders", tag: .orders, summary: "List orders",
            description: """
                Lists your orders in pages, newest first; with `updated_since` the orders that changed, oldest change \
                first. An order must match all filters. To read the whole list, send `pagination.next_cursor` as \
                `cursor` until it is `null`. If you get `410` with the code `cursor_expired`, start the list again.
                """,
            parameters: [.page, .perPage, .cursor] + filters + [patient],
            responses: [page],
            errors: [.cursorExpired])
    ) { request in
        let (filter, page) = try request.query { query in (query.orderFilter(), query.listPage()) }
        return .page(try await request.services.orders.list(filter, page: page, tenant: request.tenant))
    }

    /// `GET patients/{uuid}/orders`.
    private static let listOfPatient = Endpoint(
        Operation(
            "listPatientOrders", .get, "patients/{uuid}/orders", tag: .orders, summary: "List a patient's orders",
            description: """
                Lists the orders for one of your patients, like `GET orders` with `patient_id`. A patient that does not exist, or \
                was deleted, is a 404; `GET orders` still lists the orders for a deleted patient.
                """,
            parameters: [PatientEndpoints.uuid, .page, .perPage, .cursor] + filters,
            responses: [page], errors: [.cursorExpired])
    ) { request in
        let patient: PatientID = try request.id()
        let (filter, page) = try request.query { query in (query.orderFilter(of: patient), query.listPage()) }
        return .page(
            try await request.services.orders.list(
                filter, page: page, requiresPatient: true, tenant: request.tenant))
    }

    /// `GET orders/{uuid}`.
    private static let get = Endpoint(
        Operation(
            "getOrder", .get, "orders/{uuid}", tag: .orders, summary: "Get an order",
            description: "Returns one order with its history.", parameters: [uuid], responses: [one])
    ) { request in
        .data(try await request.services.orders.get(request.id(), tenant: request.tenant))
    }

    /// `POST orders/{uuid}/cancel`.
    private static let cancel = Endpoint(
        Operation(
            "cancelOrder", .post, "orders/{uuid}/cancel", tag: .orders, summary: "Cancel an order",
            description: """
                Cancels an order that is pending or confirmed. If the pharmacy may have the order already, we ask it \
                to cancel it, and it may refuse because preparation has begun.
                """,
            parameters: [uuid],
            body: .json(
                .reference("OrderCancellation"), isRequired: false, examples: [("reason", ["reason": "Ordered twice"])]),
            responses: [one], errors: [.orderNotCancellable, .pharmacyUnavailable])
    ) { request in
        let id: OrderID = try request.id()
        let cancellation = try OrderResource.cancellation.parse(request.body, request.wireContext)
        let order = try await request.services.orders.cancel(
            id, reason: cancellation.reason, tenant: request.tenant)
        return .data(OrderResource.order.encode(order))
    }
}

extension QueryReader {
    /// Reads the filters of a list of orders.
    /// - Parameter patient: the patient in the path; `nil` if the query may name one.
    fileprivate mutating func orderFilter(of patient: PatientID? = nil) -> OrderFilter {
        var filter = OrderFilter()
        filter.status = choice("status")
        filter.reference = text("order_id", maximum: OrderRules.reference.maximum)
        filter.customerReference = text("customer_id", maximum: OrderRules.reference.maximum)
        filter.patientID = patient ?? identifier("patient_id")
        filter.createdFrom = timestamp("created_from")
        filter.createdTo = upperBound("created_to")
        filter.updatedSince = timestamp("updated_since")
        return filter
    }
}
