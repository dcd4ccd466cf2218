import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// `POST orders/batch`.
enum OrderBatchEndpoint {
    static let endpoint = Endpoint(
        Operation(
            "submitOrders", .post, "orders/batch", tag: .orders, summary: "Submit several orders",
            description: """
                Submits up to \(BatchResource.limit) orders in one request. Each is checked, and accepted or refused, by itself: \
                the response is 200 with one result for each item in their order, which has the `status` and the `data` or \
                `error` that the order would have as a request of its own. All accepted orders are durable when the response \
                arrives. Each item counts as one request against the rate limit. Give each item an `idempotency_key`, or the \
                batch an `Idempotency-Key`, so that you can repeat the batch after a failure without ordering twice.
                """,
            parameters: [
                .flag(
                    "dry_run", "Whether the orders are only checked: nothing is ordered, and results have status 200."),
                .idempotencyKey,
            ],
            body: .json(
                .reference("OrderBatch"), examples: [("orders", ["items": [OrderResource.draft.exampleBody]])]),
            responses: [
                Operation.Response(
                    .ok, "The result of each order.", schema: .reference("OrderBatchResults"),
                    example: ["data": [["index": 0, "status": 201, "data": OrderResource.order.exampleJSON]]],
                    headers: [.idempotentReplayed],
                    links: [Operation.Link("getOrder", "uuid", from: "/data/0/data/uuid")])
            ])
    ) { request in
        let dryRun = try request.query { $0.flag("dry_run") }
        let batch = try await request.batch(of: "POST orders") { body, context throws(ValidationErrors) in
            try OrderResource.draft.parse(body, context)
        }
        let results = try await request.services.orders.submitBatch(
            dryRun ? batch.withoutKeys : batch, dryRun: dryRun, tenant: request.tenant)
        return BatchResource.response(
            try results.map { result in
                try request.response(to: result) { placed in
                    let order = placed.value.order
                    let duplicates = PossibleDuplicates.members(placed.value.possibleDuplicates)
                    guard !dryRun else {
                        return BatchResource.ItemResponse(
                            status: .ok, name: "data", content: OrderResource.preview.encode(order).bytes,
                            members: duplicates)
                    }
                    return BatchResource.ItemResponse(
                        status: .created, name: "data",
                        content: placed.representation?.bytes ?? OrderResource.order.encode(order).bytes,
                        isReplay: placed.isReplay, members: duplicates)
                }
            })
    }

    /// The components of the document.
    static let components: [(name: String, schema: Schema)] = [
        ("OrderBatch", BatchResource.schema(of: OrderResource.draft.schema)),
        (
            "OrderBatchResults",
            BatchResource.resultSchema(
                .anyOf([.reference("Order"), .reference("OrderPreview")]), adding: [OrderResource.possibleDuplicates])
        ),
    ]
}
