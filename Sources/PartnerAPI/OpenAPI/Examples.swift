import PharmacyDomain

/// Values that the document's examples share.
enum Examples {
    /// 2025-12-22T17:15:01+00:00, as in the guide.
    static let time = Timestamp(milliseconds: 1_766_423_701_000)
    /// 1980-02-29.
    static let birthDate = CalendarDate(Timestamp(milliseconds: 320_630_400_000))
    static let patient: PatientID = id("135fef3b-b4ac-485f-b9bf-e8beef4990c7")
    /// The pharmacy in the guide's list of pharmacies.
    static let listedPharmacy: PharmacyID = id("d9d7d36f-c86b-49f7-a464-f0beb6cb2097")
    /// The pharmacy in the guide's order.
    static let pharmacy: PharmacyID = id("a4f57791-c5a6-4e6a-8841-5a0d6bf5b9d1")
    static let order: OrderID = id("fd44a635-6d0c-47fa-8343-e0d604d46992")
    static let client: ClientID = id("6f1f2b1e-7f55-4d6c-9a35-0b6f6c9a2d11")
    static let event: EventID = id("5f0c7f3e-0b0f-4c8e-9b54-0a4c4a0f7a11")
    static let delivery: DeliveryID = id("0b9df3b0-5f0a-4f86-8d5c-2a9bd7d4b0f5")

    static let endpoint: EndpointID = id("2c1f7d3e-8a54-4b0e-9d6b-51c2f0a7e938")

    static let webhookURL = WebhookURL(stored: "https://your-app.com/webhooks/orders")
    static let shipping = Order.Shipping(
        carrier: "USPS", tracking: "9400111899223033005012", status: "In Transit")
    static let shipment = Order.Shipment(
        parcel: Order.Parcel(
            id: "P-1", shipping: shipping, estimatedDelivery: CalendarDate(time + .hours(5 * 24)),
            times: Order.ParcelTimes(shippedAt: time)), reportedAt: time)
    /// The guide's event, as an event of another type would have it.
    static func event(_ type: EventType) -> OrderEvent {
        OrderEvent(
            id: event, type: type, sequence: 4, orderID: order, reference: "ORD-12345",
            customerReference: "CUST-789", status: type.status,
            shipping: type == .shipped || type == .delivered ? shipping : nil, occurredAt: time)
    }

    /// A change of the health of an endpoint.
    static func event(_ type: EndpointEventType) -> EndpointEvent {
        EndpointEvent(id: event, type: type, endpoint: endpoint, host: "your-app.com", occurredAt: time)
    }

    static let price = Price(wholeDollars: 188)

    /// - Parameter text: a literal of this file, never input from outside.
    private static func id<Thing>(_ text: String) -> Identifier<Thing> {
        guard let id = Identifier<Thing>(text) else { preconditionFailure("an example is not a UUID") }
        return id
    }
}

extension Identifier {
    /// The identifier as a JSON string, in lower case.
    var json: JSON { .string(description) }
}
