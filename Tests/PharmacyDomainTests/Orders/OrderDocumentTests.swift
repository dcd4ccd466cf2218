import PharmacyDomain
import Testing

@Suite("An order as the API shows it")
struct OrderDocumentTests {
    @Test("Its members are the contract's, in one order")
    func document() throws {
        let order = try Fixtures.placed().order.applying(
            Order.Report(.shipped, shipping: Fixtures.shipping), at: Fixtures.now + .hours(1)
        ).order
        let change = #""at":"2025-12-22T18:15:01+00:00","reason":null}"#
        #expect(
            order.document.written == """
                {"uuid":"fd44a635-6d0c-47fa-8343-e0d604d46992","status":"shipped","order_id":"ORD-12345",\
                "customer_id":"CUST-789","patient_id":"135fef3b-b4ac-485f-b9bf-e8beef4990c7",\
                "pharmacy_id":"a4f57791-c5a6-4e6a-8841-5a0d6bf5b9d1","medication":{"medication_id":"eyJpIjoiMTI1MCJ9",\
                "name":"Tirzepatide w/ NAD+ Vial","price":"188.00"},"dispense_quantity":4,"days_supply":28,\
                "memo":"Draft created via automation",\
                "clinical_notes":"Patient tolerates therapy. Continue same dose.",\
                "webhook_urls":["https://your-app.com/webhooks/orders"],\
                "shipping":{"carrier":"USPS","tracking":"9400111899223033005012","shipping_status":"In Transit"},\
                "shipments":[{"parcel_id":null,"carrier":"USPS","tracking":"9400111899223033005012",\
                "shipping_status":"In Transit","estimated_delivery":null,"reported_at":"2025-12-22T18:15:01+00:00"}],\
                "dispatch":{"status":"pending","attempts":0,"next_attempt_at":null,"last_error":null},\
                "status_history":[{"status":"pending","at":"2025-12-22T17:15:01+00:00","reason":null},\
                {"status":"confirmed",\(change),{"status":"processing",\(change),{"status":"shipped",\(change)],"event_sequence":4,\
                "created_at":"2025-12-22T17:15:01+00:00","updated_at":"2025-12-22T18:15:01+00:00"}
                """)
    }

    @Test("What is shown can be read back, whatever has become of the order", arguments: OrderStatus.allCases)
    func roundTrip(status: OrderStatus) throws {
        let report = Order.Report(status, reason: "Why \"not\"?", shipping: Fixtures.shipping)
        let least = ["days_supply", "order_id", "customer_id", "memo", "clinical_notes", "webhook_urls"]
            .reduce(Fixtures.orderBody) { $0.without($1) }
        for body in [Fixtures.orderBody, least] {
            let order = try Fixtures.placed(body).order.applying(report, at: Fixtures.now + .hours(1)).order
            #expect(Order(document: try JSON.parse(order.document.bytes)) == order)
            var late = order
            late.dispatch = order.dispatch.postponed(
                until: Fixtures.now + .seconds(2), because: "timed_out", attempts: 2)
            #expect(Order(document: try JSON.parse(late.document.bytes)) == late)
            late.dispatch = late.dispatch.settled(.accepted, attempts: 3)
            #expect(late.dispatch.nextAttemptAt == nil && late.dispatch.lastError == nil)
        }
    }

    @Test("An order that was stored before parcels were listed has the one that it shows, and an event for each status")
    func earlierVersion() throws {
        let report = Order.Report(.shipped, shipping: Fixtures.shipping)
        let order = try Fixtures.placed().order.applying(report, at: Fixtures.now + .hours(1)).order
        let stored = order.document.without("shipments").without("event_sequence")
        #expect(Order(document: stored) == order)
    }

    @Test("All that is known of parcels can be read back")
    func parcels() throws {
        let parcel = Order.Parcel(
            id: "P-1", shipping: Fixtures.shipping, estimatedDelivery: CalendarDate(year: 2025, month: 12, day: 27))
        let other = Order.Shipping(carrier: "UPS", tracking: "1Z999AA10123456784", status: "Label created")
        let reports = [
            Order.Report(.shipped, parcel: parcel, at: Fixtures.now + .minutes(5)),
            Order.Report(.shipped, shipping: other, at: Fixtures.now + .minutes(6)),
        ]
        let order = try Fixtures.placed().order.applying(reports, at: Fixtures.now + .hours(1)).order
        #expect(order.shipments.map(\.parcel) == [parcel, Order.Parcel(shipping: other)])
        #expect(order.updatedAt == Fixtures.now + .hours(1))
        #expect(order.eventSequence == 5)
        #expect(Order(document: try JSON.parse(order.document.bytes)) == order)
    }

    @Test(
        "A document that lacks what every order has, or has it wrong, is none",
        arguments: [
            "uuid", "status", "patient_id", "pharmacy_id", "medication", "dispense_quantity", "webhook_urls",
            "status_history", "created_at",
        ])
    func noOrder(name: String) throws {
        let document = try Fixtures.placed().order.document
        #expect(Order(document: document) != nil)
        #expect(Order(document: document.without(name)) == nil)
        #expect(Order(document: document.with(name, true)) == nil)
    }
}
