/// A change of an order, as webhooks tell it (guide, section 5).
package struct OrderEvent: TypedIdentifier, Hashable, Sendable {
    /// The guide's event types.
    package enum Kind: String, CaseIterable, Sendable {
        case created = "order.created"
        case confirmed = "order.confirmed"
        case processing = "order.processing"
        case shipped = "order.shipped"
        case delivered = "order.delivered"
        case cancelled = "order.cancelled"
        case failed = "order.failed"
        case refunded = "order.refunded"

        package init(_ status: OrderStatus) {
            self =
                switch status {
                case .pending: .created
                case .confirmed: .confirmed
                case .processing: .processing
                case .shipped: .shipped
                case .delivered: .delivered
                case .cancelled: .cancelled
                case .failed: .failed
                case .refunded: .refunded
                }
        }

        /// The status that an event of this kind tells of.
        package var status: OrderStatus {
            switch self {
            case .created: .pending
            case .confirmed: .confirmed
            case .processing: .processing
            case .shipped: .shipped
            case .delivered: .delivered
            case .cancelled: .cancelled
            case .failed: .failed
            case .refunded: .refunded
            }
        }
    }

    package let type: Kind
    /// 1, 2, 3 … within the order.
    package let sequence: Int
    package let orderID: OrderID
    package let reference: String?
    package let customerReference: String?
    package let status: OrderStatus
    package let shipping: Order.Shipping?
    package let occurredAt: Timestamp

    package init(
        type: Kind, sequence: Int, orderID: OrderID, reference: String?, customerReference: String?,
        status: OrderStatus, shipping: Order.Shipping?, occurredAt: Timestamp
    ) {
        self.type = type
        self.sequence = sequence
        self.orderID = orderID
        self.reference = reference
        self.customerReference = customerReference
        self.status = status
        self.shipping = shipping
        self.occurredAt = occurredAt
    }

    /// The body of the webhook request. `shipping` stands in it only where it is known.
    package func payload(id: EventID) -> JSON {
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
