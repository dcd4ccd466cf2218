/// A change of an order, as webhooks report it (guide, section 5).
package struct OrderEvent: Hashable, Sendable {
    package let id: EventID
    package let type: EventType
    /// 1, 2, 3 … within the order.
    package let sequence: Int
    package let orderID: OrderID
    package let reference: String?
    package let customerReference: String?
    package let status: OrderStatus
    package let shipping: Order.Shipping?
    package let occurredAt: Timestamp

    package init(
        id: EventID, type: EventType, sequence: Int, orderID: OrderID, reference: String?, customerReference: String?,
        status: OrderStatus, shipping: Order.Shipping?, occurredAt: Timestamp
    ) {
        self.id = id
        self.type = type
        self.sequence = sequence
        self.orderID = orderID
        self.reference = reference
        self.customerReference = customerReference
        self.status = status
        self.shipping = shipping
        self.occurredAt = occurredAt
    }

    /// The body of the webhook request. It has `shipping` only where that is known.
    package var payload: JSON {
        var members: [JSON.Member] = [
            JSON.Member("id", .string(id.description)),
            JSON.Member("event", .string(type.rawValue)),
            JSON.Member("sequence", JSON(sequence)),
            JSON.Member(
                "order",
                [
                    "uuid": .string(orderID.description),
                    "order_id": JSON(reference),
                    "customer_id": JSON(customerReference),
                    "status": .string(status.rawValue),
                ]),
        ]
        if let shipping { members.append(JSON.Member("shipping", shipping.document)) }
        members.append(JSON.Member("timestamp", JSON(occurredAt)))
        return .object(members)
    }
}
