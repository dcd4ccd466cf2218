import PharmacyTestSupport
import Testing

@testable import PharmacyDomain

/// Reports as they come, what the order shows after them, and the events that were sent of them.
struct ReportCase: Sendable, CustomTestStringConvertible {
    let name: String
    let reports: [Order.Report]
    /// Of the list: carrier, tracking number and status.
    let shipments: [String]
    /// The index of `shipping` in the list.
    let shipping: Int?
    /// After `order.created`: the type, and the tracking number and status that it reports.
    let events: [String]

    var testDescription: String { name }

    init(
        _ name: String, _ reports: [Order.Report], shipments: [String], shipping: Int? = 0, events: [String]
    ) {
        self.name = name
        self.reports = reports
        self.shipments = shipments
        self.shipping = shipping
        self.events = events
    }

    private static func minutes(_ count: Int) -> Timestamp { Fixtures.now + .minutes(count) }

    private static func parcel(
        _ carrier: String, _ tracking: String, _ status: String, id: String? = nil, day: Int? = nil
    ) -> Order.Parcel {
        Order.Parcel(
            id: id, shipping: Order.Shipping(carrier: carrier, tracking: tracking, status: status),
            estimatedDelivery: day.flatMap { CalendarDate(year: 2025, month: 12, day: $0) })
    }

    /// - Parameter minute: the reported time, in minutes after the order was placed.
    private static func report(
        _ status: OrderStatus, _ parcel: Order.Parcel? = nil, reason: String? = nil, minute: Int? = nil
    ) -> Order.Report {
        Order.Report(status, reason: reason, parcel: parcel, at: minute.map(minutes))
    }

    private static let a = parcel("USPS", "A", "In Transit")
    private static let b = parcel("UPS", "B", "In Transit")

    static let all: [ReportCase] = [
        ReportCase(
            "Tracking that arrives after the shipment", [report(.shipped), report(.shipped, a)],
            shipments: ["USPS A In Transit"],
            events: ["confirmed", "processing", "shipped", "shipped A In Transit"]),
        ReportCase(
            "Tracking that arrives after the delivery", [report(.shipped), report(.delivered), report(.shipped, a)],
            shipments: ["USPS A Delivered"],
            events: ["confirmed", "processing", "shipped", "delivered", "delivered A Delivered"]),
        ReportCase(
            "Tracking of a shipment that is reported after the delivery, with times",
            [report(.delivered, minute: 9), report(.shipped, a, minute: 5)], shipments: ["USPS A Delivered"],
            events: ["confirmed", "processing", "shipped", "delivered", "delivered A Delivered"]),
        ReportCase(
            "The same report again and again", [report(.shipped, a), report(.shipped, a), report(.shipped, a)],
            shipments: ["USPS A In Transit"], events: ["confirmed", "processing", "shipped A In Transit"]),
        ReportCase(
            "A status of the parcel", [report(.shipped, a), report(.shipped, parcel("USPS", "A", "Out for Delivery"))],
            shipments: ["USPS A Out for Delivery"],
            events: ["confirmed", "processing", "shipped A In Transit", "shipped A Out for Delivery"]),
        ReportCase(
            "A corrected carrier", [report(.shipped, a), report(.shipped, parcel("FedEx", "A", "In Transit"))],
            shipments: ["FedEx A In Transit"],
            events: ["confirmed", "processing", "shipped A In Transit", "shipped A In Transit"]),
        ReportCase(
            "A number that is written in another way is the same parcel's",
            [report(.shipped, parcel("UPS", "1z 9-9", "X")), report(.shipped, parcel("UPS", "1Z99", "X"))],
            shipments: ["UPS 1Z99 X"], events: ["confirmed", "processing", "shipped 1z 9-9 X", "shipped 1Z99 X"]),
        ReportCase(
            "A corrected number of a parcel with an id",
            [report(.shipped, parcel("USPS", "A", "X", id: "P")), report(.shipped, parcel("USPS", "B", "X", id: "P"))],
            shipments: ["USPS B X P"], events: ["confirmed", "processing", "shipped A X", "shipped B X"]),
        ReportCase(
            "A second parcel", [report(.shipped, a), report(.shipped, b)],
            shipments: ["USPS A In Transit", "UPS B In Transit"], shipping: 1,
            events: ["confirmed", "processing", "shipped A In Transit", "shipped B In Transit"]),
        ReportCase(
            "Two parcels, of which the first is reported last, and the delivery",
            [
                report(.shipped, a), report(.shipped, b), report(.shipped, parcel("USPS", "A", "Held")),
                report(.delivered),
            ],
            shipments: ["USPS A Delivered", "UPS B Delivered"],
            events: [
                "confirmed", "processing", "shipped A In Transit", "shipped B In Transit", "shipped A Held",
                "delivered A Delivered",
            ]),
        ReportCase(
            "A parcel that is reported twice, and a second one",
            [
                report(.shipped, a), report(.shipped, parcel("USPS", "A", "Held")), report(.shipped, b),
                report(.shipped, b),
            ],
            shipments: ["USPS A Held", "UPS B In Transit"], shipping: 1,
            events: ["confirmed", "processing", "shipped A In Transit", "shipped A Held", "shipped B In Transit"]),
        ReportCase(
            "An old copy of a report, recognized by its time",
            [
                report(.shipped, parcel("USPS", "A", "Label created"), minute: 1), report(.shipped, a, minute: 2),
                report(.shipped, parcel("USPS", "A", "Label created"), minute: 1),
            ], shipments: ["USPS A In Transit"],
            events: ["confirmed", "processing", "shipped A Label created", "shipped A In Transit"]),
        ReportCase(
            "Reports of two parcels that arrive in the wrong order",
            [report(.shipped, b, minute: 2), report(.shipped, a, minute: 1)],
            shipments: ["UPS B In Transit", "USPS A In Transit"],
            events: ["confirmed", "processing", "shipped B In Transit", "shipped B In Transit"]),
        ReportCase(
            "The day of delivery", [report(.shipped, a), report(.shipped, parcel("USPS", "A", "In Transit", day: 27))],
            shipments: ["USPS A In Transit 2025-12-27"],
            events: ["confirmed", "processing", "shipped A In Transit", "shipped A In Transit"]),
        ReportCase(
            "A report without a day and an id does not remove them",
            [report(.shipped, parcel("USPS", "A", "X", id: "P", day: 27)), report(.shipped, parcel("USPS", "A", "Y"))],
            shipments: ["USPS A Y 2025-12-27 P"], events: ["confirmed", "processing", "shipped A X", "shipped A Y"]),
        ReportCase(
            "A delivered order whose report has a parcel in transit",
            [report(.shipped, a), report(.delivered, parcel("USPS", "A", "in_transit")), report(.delivered, a)],
            shipments: ["USPS A Delivered"],
            events: ["confirmed", "processing", "shipped A In Transit", "delivered A Delivered"]),
        ReportCase(
            "A delivery in the pharmacy's own words, twice",
            [
                report(.shipped, a), report(.delivered, parcel("USPS", "A", "Left at the door")),
                report(.delivered, parcel("USPS", "A", "Left at the door")), report(.delivered),
            ], shipments: ["USPS A Left at the door"],
            events: ["confirmed", "processing", "shipped A In Transit", "delivered A Left at the door"]),
        ReportCase(
            "A report of an earlier status does not say where the parcel is now",
            [report(.shipped, a), report(.processing, parcel("USPS", "A", "Label created"))],
            shipments: ["USPS A In Transit"], events: ["confirmed", "processing", "shipped A In Transit"]),
        ReportCase(
            "A parcel of an order that was cancelled, which the pharmacy sent all the same",
            [report(.cancelled), report(.shipped, a)], shipments: ["USPS A In Transit"],
            events: ["cancelled", "cancelled A In Transit"]),
        ReportCase(
            "Tracking after a refund", [report(.shipped), report(.refunded), report(.shipped, a)],
            shipments: ["USPS A In Transit"],
            events: ["confirmed", "processing", "shipped", "refunded", "refunded A In Transit"]),
        ReportCase(
            "A reason that arrives later, and its correction",
            [
                report(.failed, minute: 1), report(.failed, reason: "Out of stock.", minute: 1),
                report(.failed, reason: "Recalled.", minute: 3), report(.failed, reason: "Out of stock.", minute: 1),
            ], shipments: [], shipping: nil, events: ["failed", "failed", "failed"]),
    ]
}

@Suite("Parcels, reasons and times of reports")
struct OrderReportsTests {
    private static let received = Fixtures.now + .hours(1)

    private static func text(_ parcel: Order.Parcel) -> String {
        let shipping = parcel.shipping
        return [shipping.carrier, shipping.tracking, shipping.status, parcel.estimatedDelivery?.description, parcel.id]
            .compactMap(\.self).joined(separator: " ")
    }

    private static func text(_ event: OrderEvent) -> String {
        [event.status.rawValue, event.shipping?.tracking, event.shipping?.status].compactMap(\.self)
            .joined(separator: " ")
    }

    @Test("Each change is stored, shown and reported once, in the order of arrival", arguments: ReportCase.all)
    func table(testCase: ReportCase) throws {
        var order = try Fixtures.placed().order
        var events: [OrderEvent] = []
        var now = OrderReportsTests.received
        for report in testCase.reports {
            now = now + .seconds(1)
            // As it is read back for each report.
            let before = try #require(Order(document: order.document))
            let (after, applied) = before.applying(report, at: now)
            #expect(applied.isEmpty ? after == before : after.updatedAt == now)
            #expect(applied.allSatisfy { $0.type.status == $0.status })
            events += applied
            order = after
        }
        #expect(order.shipments.map { OrderReportsTests.text($0.parcel) } == testCase.shipments)
        #expect(order.shipping == testCase.shipping.map { order.shipments[$0].parcel.shipping })
        #expect(events.map(OrderReportsTests.text) == testCase.events)
        #expect(events.map(\.sequence) == (2..<events.count + 2).map(\.self))
        #expect(order.eventSequence == events.count + 1)
    }

    @Test(
        "Applying reports together equals applying them one by one, and repeating them has no effect",
        arguments: ReportCase.all)
    func together(testCase: ReportCase) throws {
        var single = try Fixtures.placed().order
        for report in testCase.reports { single = single.applying(report, at: OrderReportsTests.received).order }
        let (order, events) = try Fixtures.placed().order.applying(testCase.reports, at: OrderReportsTests.received)
        #expect(order.status == single.status)
        #expect(order.history == single.history)
        #expect(order.shipments.map(\.parcel) == single.shipments.map(\.parcel))
        #expect(order.shipping == single.shipping)
        #expect(events.count <= testCase.events.count)
        #expect(order.eventSequence == events.count + 1)

        let stored = try #require(Order(document: order.document))
        let again = stored.applying(testCase.reports, at: OrderReportsTests.received + .minutes(30))
        #expect(again.events.isEmpty)
        #expect(again.order == stored)
    }

    @Test("A reason is stored if there was none, or if its report is later")
    func reasons() throws {
        let testCase = try #require(ReportCase.all.last)
        var reasons: [String?] = []
        var order = try Fixtures.placed().order
        for report in testCase.reports {
            order = order.applying(report, at: OrderReportsTests.received).order
            reasons.append(order.history.last?.reason)
        }
        #expect(reasons == [nil, "Out of stock.", "Recalled.", "Recalled."])
    }

    @Test("An order stores a limited number of parcels, including the latest")
    func manyParcels() throws {
        var order = try Fixtures.placed().order
        for number in 1...50 {
            let shipping = Order.Shipping(carrier: "UPS", tracking: "T\(number)", status: "In Transit")
            order = order.applying(Order.Report(.shipped, shipping: shipping), at: OrderReportsTests.received).order
        }
        #expect(order.shipments.map(\.parcel.shipping.tracking) == (31...50).map { "T\($0)" })
        #expect(order.shipping?.tracking == "T50")
    }

    // MARK: Times

    /// Reported times, in minutes after the order was placed, and those of the history; received after an hour.
    struct TimesCase: Sendable, CustomTestStringConvertible {
        let name: String
        let reports: [(OrderStatus, Int?)]
        let history: [Int]
        var testDescription: String { name }
    }

    private static let times = [
        TimesCase(name: "as they are reported", reports: [(.confirmed, 10), (.processing, 20)], history: [10, 20]),
        TimesCase(name: "none: when it is received", reports: [(.confirmed, nil)], history: [60]),
        TimesCase(name: "statuses that are passed through", reports: [(.shipped, 30)], history: [30, 30, 30]),
        TimesCase(name: "before the order was placed", reports: [(.confirmed, -5)], history: [0]),
        TimesCase(
            name: "before the previous status", reports: [(.confirmed, 30), (.processing, 20), (.shipped, 40)],
            history: [30, 30, 40]),
        TimesCase(name: "ahead by what a clock may be", reports: [(.confirmed, 65)], history: [65]),
        TimesCase(name: "further ahead: when it is received", reports: [(.confirmed, 66)], history: [60]),
        TimesCase(name: "years ahead", reports: [(.confirmed, 5_000_000)], history: [60]),
        TimesCase(
            name: "ahead, then none: never backwards", reports: [(.confirmed, 64), (.processing, nil)],
            history: [64, 64]),
    ]

    @Test("History and events carry the time at which a change happened, in order", arguments: times)
    func moments(testCase: TimesCase) throws {
        var order = try Fixtures.placed().order
        var events: [OrderEvent] = []
        for (status, minute) in testCase.reports {
            let report = Order.Report(status, at: minute.map { Fixtures.now + .minutes($0) })
            let applied = order.applying(report, at: OrderReportsTests.received)
            events += applied.events
            order = applied.order
        }
        let expected = testCase.history.map { Fixtures.now + .minutes($0) }
        #expect(order.history.dropFirst().map(\.at) == expected)
        #expect(events.map(\.occurredAt) == expected)
        #expect(order.updatedAt == OrderReportsTests.received, "a list of changes goes by when they were received")
        #expect(order.createdAt == Fixtures.now)
    }

    @Test("A change without a new status has its own time and does not alter the history")
    func amendedMoment() throws {
        let shipped = Order.Report(.shipped, at: Fixtures.now + .minutes(10))
        let order = try Fixtures.placed().order.applying(shipped, at: Fixtures.now + .minutes(11)).order
        let late = Order.Report(.shipped, shipping: Fixtures.shipping, at: Fixtures.now + .minutes(30))
        let applied = order.applying(late, at: OrderReportsTests.received)
        #expect(applied.order.history == order.history)
        #expect(applied.events.map(\.occurredAt) == [Fixtures.now + .minutes(30)])
        #expect(applied.order.shipments.map(\.reportedAt) == [Fixtures.now + .minutes(30)])
        #expect(applied.order.updatedAt == OrderReportsTests.received)
    }

    @Test("For any reports in any order, times ascend, numbers have no gaps, and duplicates change nothing")
    func property() throws {
        var generator = SeededGenerator(seed: 17)
        var amendments = 0
        for _ in 0..<500 {
            var (order, event) = try Fixtures.placed()
            var events = [event]
            var reports: [Order.Report] = []
            var now = Fixtures.now
            for _ in 0..<12 {
                now = now + .seconds(Int.random(in: 1...600, using: &generator))
                let status = try #require(OrderStatus.allCases.randomElement(using: &generator))
                let parcel = Order.Shipping(
                    carrier: "UPS", tracking: "T\(Int.random(in: 1...3, using: &generator))",
                    status: "S\(Int.random(in: 1...3, using: &generator))")
                let report = Order.Report(
                    status, shipping: Bool.random(using: &generator) ? parcel : nil,
                    at: now + .seconds(Int.random(in: -3600...600, using: &generator)))
                reports.append(report)
                let applied = order.applying(report, at: now)
                if applied.order.status == order.status { amendments += applied.events.count }
                let again = applied.order.applying(report, at: now + .seconds(1))
                #expect(again.events.isEmpty && again.order == applied.order)
                order = applied.order
                events += applied.events
            }
            #expect(zip(order.history, order.history.dropFirst()).allSatisfy { $0.at <= $1.at })
            #expect(order.history.allSatisfy { $0.at <= now + OrderRules.reportClockTolerance })
            #expect(events.map(\.sequence) == Array(1...events.count))
            #expect(Set(order.shipments.map(\.parcel.trackingKey)).count == order.shipments.count)
            #expect((order.shipping == nil) == order.shipments.isEmpty)
        }
        #expect(amendments > 500)
    }
}
