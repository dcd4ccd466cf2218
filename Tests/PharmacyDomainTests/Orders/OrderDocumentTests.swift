import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("An order's document")
struct OrderDocumentTests {
    @Test("Members follow the contract, in a fixed order")
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
                "name":"Tirzepatide w/ NAD+ Vial","strength":"20mg/ml","form":"Injectable",\
                "formulation":"Tirzepatide 20mg/ml 3ml (60mg) w/ NAD+ Vial","quantity":"3",\
                "quantity_units":"Milliliter","schedule_code":"L","type":"Compound","pharmacy":"Kaduceus",\
                "price":"188.00","price_as_of":"2025-12-22T17:15:01+00:00"},"dispense_quantity":4,"days_supply":28,\
                "memo":"Draft created via automation",\
                "clinical_notes":"Patient tolerates therapy. Continue same dose.",\
                "webhook_urls":["https://your-app.com/webhooks/orders"],"webhook_urls_since":1,"ship_to":null,\
                "shipping_method":null,"prescriber":null,"directions":null,"refills_authorized":null,\
                "shipping":{"carrier":"USPS","tracking":"9400111899223033005012","shipping_status":"In Transit"},\
                "shipments":[{"parcel_id":null,"carrier":"USPS","tracking":"9400111899223033005012",\
                "shipping_status":"In Transit",\
                "tracking_url":"https://tools.usps.com/go/TrackConfirmAction?tLabels=9400111899223033005012",\
                "estimated_delivery":null,"shipped_at":null,"delivered_at":null,"reported_at":"2025-12-22T18:15:01+00:00"}],\
                "dispatch":{"status":"pending","attempts":0,"next_attempt_at":null,"last_error":null},\
                "status_history":[{"status":"pending","at":"2025-12-22T17:15:01+00:00","reason":null},\
                {"status":"confirmed",\(change),{"status":"processing",\(change),{"status":"shipped",\(change)],"event_sequence":4,\
                "refill_of":null,"refills":[],\
                "created_at":"2025-12-22T17:15:01+00:00","updated_at":"2025-12-22T18:15:01+00:00"}
                """)
    }

    @Test("The document of an order in each status can be read back", arguments: OrderStatus.allCases)
    func roundTrip(status: OrderStatus) throws {
        let report = Order.Report(status, reason: "Why \"not\"?", shipping: Fixtures.shipping)
        let least = ["days_supply", "order_id", "customer_id", "memo", "clinical_notes", "webhook_urls"]
            .reduce(Fixtures.orderBody) { $0.without($1) }
        for body in [Fixtures.orderBody, least] {
            let order = try Fixtures.placed(body).order.applying(report, at: Fixtures.now + .hours(1)).order
            #expect(Order(document: try JSON.parse(order.document.bytes)) == order)
            var late = order
            late.dispatch = order.dispatch.showing(
                .uncertain, attempts: 2, nextAttemptAt: Fixtures.now + .seconds(2), error: "timed_out")
            #expect(Order(document: try JSON.parse(late.document.bytes)) == late)
            late.dispatch = late.dispatch.showing(.accepted, attempts: 3)
            #expect(late.dispatch.nextAttemptAt == nil && late.dispatch.lastError == nil)
        }
    }

    @Test(
        "An order with a prescription, refills and changed URLs can be read back, and an earlier one has none of them")
    func prescription() throws {
        var generator = SeededGenerator(seed: 1)
        let terms = try Fixtures.placed().order.terms
        let amendment = OrderAmendment(
            reference: nil, customerReference: nil, memo: nil, webhookURLs: [],
            shipTo: ShipTo(
                recipient: "J", address1: "1", address2: nil, city: "C", state: "IL", zip: "62704"))
        let amended = terms.amended(by: amendment, patient: try Fixtures.details())
        let order = try Fixtures.placed().order.amended(to: amended, at: Fixtures.now + .hours(1))
            .filledAgain(as: generator.identifier(), at: Fixtures.now + .hours(2))
        #expect(order.webhookURLsSince == 2 && order.refills.count == 1)
        #expect(Order(document: try JSON.parse(order.document.bytes)) == order)
        let names = ["webhook_urls_since", "ship_to", "prescriber", "directions", "refill_of", "refills"]
        let plain = try Fixtures.placed().order
        #expect(Order(document: names.reduce(plain.document) { $0.without($1) }) == plain)
    }

    @Test("An order stored before parcels were listed has its one parcel, and an event for each status")
    func earlierVersion() throws {
        let report = Order.Report(.shipped, shipping: Fixtures.shipping)
        let order = try Fixtures.placed().order.applying(report, at: Fixtures.now + .hours(1)).order
        let stored = order.document.without("shipments").without("event_sequence")
        #expect(Order(document: stored) == order)
    }

    @Test("An order stored by the first version has the time of its latest status change and a pending dispatch")
    func firstFormat() throws {
        let report = Order.Report(.shipped, shipping: Fixtures.shipping)
        let order = try Fixtures.placed().order.applying(report, at: Fixtures.now + .hours(1)).order
        let names = ["shipments", "event_sequence", "updated_at", "dispatch"]
        let stored = try JSON.parse(names.reduce(order.document) { $0.without($1) }.bytes)
        let read = try #require(Order(document: stored))
        #expect(read == order)
        #expect(read.eventSequence == 4 && read.shipments.map(\.reportedAt) == [Fixtures.now + .hours(1)])
        // A record that is written again has the present format.
        #expect(read.document == order.document)
    }

    @Test("An order without a parcel has none, whichever version stored it")
    func noParcel() throws {
        let order = try Fixtures.placed().order
        let stored = order.document.without("shipments").without("event_sequence").without("updated_at")
        #expect(Order(document: stored) == order)
        #expect(Order(document: stored)?.shipments == [])
    }

    @Test("Every generated order can be read back", arguments: 0..<100)
    func generated(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let order = generator.order()
        #expect(Order(document: try JSON.parse(order.document.bytes)) == order)
    }

    @Test("All members of parcels can be read back")
    func parcels() throws {
        let parcel = Order.Parcel(
            id: "P-1", shipping: Fixtures.shipping, estimatedDelivery: CalendarDate(year: 2025, month: 12, day: 27),
            times: Order.ParcelTimes(shippedAt: Fixtures.now + .minutes(4)))
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

    @Test("A parcel that was stored without times, or with none that can be read, has none")
    func parcelWithoutTimes() throws {
        let times = Order.ParcelTimes(shippedAt: Fixtures.now, deliveredAt: Fixtures.now + .minutes(5))
        let shipping = Order.Shipping(carrier: "UPS", tracking: "1Z999AA10123456784", status: "Delivered")
        let report = Order.Report(.delivered, parcel: Order.Parcel(shipping: shipping, times: times))
        let order = try Fixtures.placed().order.applying(report, at: Fixtures.now + .hours(1)).order
        let parcel = try #require(order.document["shipments"]?.elements?.first)
        #expect(parcel["shipped_at"] == JSON(Fixtures.now))
        #expect(parcel["delivered_at"] == JSON(Fixtures.now + .minutes(5)))
        for stored in [
            parcel.without("shipped_at").without("delivered_at"),
            parcel.with("shipped_at", "soon").with("delivered_at", 7),
        ] {
            let read = try #require(Order(document: order.document.with("shipments", [stored])))
            #expect(read.shipments.map(\.parcel) == [Order.Parcel(shipping: shipping)])
        }
    }

    @Test(
        "A document with a missing or invalid required member is not an order",
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
