import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// Changes of orders, and refills.
enum OrderChangeEndpoints {
    static let all = [amend, refill]

    /// `PATCH orders/{uuid}`.
    private static let amend = Endpoint(
        Operation(
            "amendOrder", .patch, "orders/{uuid}", tag: .orders, summary: "Change a pending order",
            description: """
                Changes the members that you send and leaves the others; `null` clears a member. An order can be changed while it \
                is `pending`. If the pharmacy has it already, we ask the pharmacy for a change of `order_id`, `memo` or \
                `ship_to`, and it may refuse because preparation has begun. Send `If-Match` so that you do not overwrite a change \
                that somebody has made since you read the order.
                """,
            parameters: [OrderEndpoints.uuid, .ifMatch],
            body: .json(
                .reference("OrderChanges"),
                examples: [("address", ["ship_to": ShipToResource.type.write(ShipToResource.members.example)])]),
            responses: [OrderEndpoints.one], errors: [.orderNotChangeable, .preconditionFailed, .pharmacyUnavailable])
    ) { request in
        let id: OrderID = try request.id()
        let (body, context) = (request.body, request.wireContext)
        let order = try await request.services.orders.amend(
            id, tenant: request.tenant, if: request.precondition
        ) { amendment throws(ValidationErrors) in
            try OrderChangeResource.amendment.parse(body, merging: amendment, context)
        }
        request.subject.record(order: id)
        return .data(OrderResource.order.encode(order))
    }

    /// `POST orders/{uuid}/refill`.
    private static let refill = Endpoint(
        Operation(
            "refillOrder", .post, "orders/{uuid}/refill", tag: .orders, summary: "Fill an order again",
            description: """
                Orders the same medication for the same patient again, at its present price, as often as the order's \
                `refills_authorized` says. The new order has the quantity, days supply, directions, prescriber and notes of the \
                order, and the order's uuid in `refill_of`. A refill of a refill counts as one of the first order. Refills that \
                were cancelled or have failed do not count.
                """,
            parameters: [OrderEndpoints.uuid, .idempotencyKey],
            body: .json(
                .reference("OrderRefill"), isRequired: false, examples: [("refill", ["order_id": "ORD-12345-R1"])]),
            responses: [
                Operation.Response(
                    .created, "The new order.", schema: .data(.reference("Order")),
                    example: ["data": OrderResource.order.exampleJSON], headers: [.location, .idempotentReplayed],
                    links: [Operation.Link("getOrder", "uuid", from: "/data/uuid")])
            ], errors: [.refillNotAllowed, .priceChanged, .prescriberRequired, .pharmacyUnavailable])
    ) { request in
        let id: OrderID = try request.id()
        let idempotency = try request.idempotency()
        let (body, context) = (request.body, request.wireContext)
        let result = try await request.services.orders.refill(
            id, tenant: request.tenant, idempotency: idempotency
        ) { () throws(ValidationErrors) in
            try OrderChangeResource.refill.parse(body, context)
        }
        return OrderEndpoints.response(to: result, request)
    }
}
