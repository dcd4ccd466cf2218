import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("Webhook events")
struct OrderEventTests {
    /// Word for word (guide, Webhook Payload).
    private let guide = """
        {
          "event": "order.shipped",
          "order": {
            "uuid": "fd44a635-6d0c-47fa-8343-e0d604d46992",
            "order_id": "ORD-12345",
            "customer_id": "CUST-789",
            "status": "shipped"
          },
          "shipping": {
            "carrier": "USPS",
            "tracking": "9400111899223033005012",
            "shipping_status": "In Transit"
          },
          "timestamp": "2025-12-22T17:15:01+00:00"
        }
        """

    @Test("The payload is the guide's example with two additional members")
    func payload() throws {
        let report = Order.Report(.shipped, shipping: Fixtures.shipping)
        let events = try Fixtures.placed().order.applying(report, at: Fixtures.now).events
        let payload = try #require(events.last).payload
        #expect(payload.without("id").without("sequence").bytes == (try JSON.parse(guide.utf8)).bytes)
        #expect(payload["id"]?.text == Fixtures.uuid)
        #expect(payload["sequence"] == 4)
        #expect(payload.members?.map(\.name) == ["id", "event", "sequence", "order", "shipping", "timestamp"])
    }

    @Test("Without shipping information there is no shipping object; references that were not given are null")
    func sparse() throws {
        let body = Fixtures.orderBody.without("order_id").without("customer_id")
        let payload = try Fixtures.placed(body).event.payload
        #expect(
            payload.written == """
                {"id":"135fef3b-b4ac-485f-b9bf-e8beef4990c7","event":"order.created","sequence":1,\
                "order":{"uuid":"fd44a635-6d0c-47fa-8343-e0d604d46992","order_id":null,"customer_id":null,\
                "status":"pending"},"timestamp":"2025-12-22T17:15:01+00:00"}
                """)
    }

    @Test("The event types are the guide's eight, one for each status")
    func types() {
        #expect(
            OrderStatus.allCases.map { EventType($0).rawValue } == [
                "order.created", "order.confirmed", "order.processing", "order.shipped", "order.delivered",
                "order.cancelled", "order.failed", "order.refunded",
            ])
        for kind in EventType.allCases { #expect(EventType(kind.status) == kind) }
        #expect(EventType.allCases.count == OrderStatus.allCases.count)
    }
}
