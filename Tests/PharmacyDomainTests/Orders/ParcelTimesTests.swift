import PharmacyTestSupport
import Testing

@testable import PharmacyDomain

/// Reports as they come, and the times of the order's parcels after them. All times are in minutes after the order was
/// placed.
struct ParcelTimesCase: Sendable, CustomTestStringConvertible {
    let name: String
    let reports: [Order.Report]
    /// Of each parcel.
    let times: [Order.ParcelTimes]

    var testDescription: String { name }

    init(_ name: String, _ reports: [Order.Report], _ times: [Order.ParcelTimes]) {
        self.name = name
        self.reports = reports
        self.times = times
    }

    private static let inTransit = "In Transit"
    private static let delivered = "Delivered"

    private static func moment(_ minute: Int) -> Timestamp { Fixtures.now + .minutes(minute) }

    private static func times(_ shipped: Int?, _ delivered: Int?) -> Order.ParcelTimes {
        Order.ParcelTimes(shippedAt: shipped.map(moment), deliveredAt: delivered.map(moment))
    }

    /// A report of a parcel.
    private static func report(
        _ status: OrderStatus, _ parcelStatus: String, of tracking: String = "A", at minute: Int? = nil,
        shipped: Int? = nil, delivered: Int? = nil
    ) -> Order.Report {
        let shipping = Order.Shipping(carrier: "UPS", tracking: tracking, status: parcelStatus)
        return Order.Report(
            status, parcel: Order.Parcel(shipping: shipping, times: times(shipped, delivered)),
            at: minute.map(moment))
    }

    /// A report without a parcel.
    private static func report(_ status: OrderStatus, at minute: Int) -> Order.Report {
        Order.Report(status, at: moment(minute))
    }

    static let all: [ParcelTimesCase] = stated + implied + implausible

    private static let stated = [
        ParcelTimesCase(
            "Times that are stated",
            [report(.shipped, inTransit, at: 10, shipped: 9), report(.delivered, delivered, at: 30, delivered: 29)],
            [times(9, 29)]),
        ParcelTimesCase(
            "Stated times of reports without a time of their own",
            [report(.shipped, inTransit, shipped: 9), report(.delivered, delivered, delivered: 29)], [times(9, 29)]),
        ParcelTimesCase(
            "A later report without a time does not remove it",
            [report(.shipped, inTransit, at: 10, shipped: 9), report(.shipped, "Out for Delivery", at: 20)],
            [times(9, nil)]),
        ParcelTimesCase(
            "A later report corrects a time, and an old copy does not restore it",
            [
                report(.shipped, inTransit, at: 10, shipped: 9), report(.shipped, inTransit, at: 11, shipped: 8),
                report(.shipped, inTransit, at: 10, shipped: 9),
            ], [times(8, nil)]),
        ParcelTimesCase(
            "The report of the shipment arrives after that of the delivery",
            [report(.delivered, delivered, at: 30, delivered: 29), report(.shipped, inTransit, at: 10, shipped: 9)],
            [times(9, 29)]),
        ParcelTimesCase(
            "A parcel that is in transit after all has not been delivered",
            [
                report(.shipped, inTransit, at: 10), report(.shipped, delivered, at: 20, delivered: 19),
                report(.shipped, inTransit, at: 25),
            ], [times(10, nil)]),
        ParcelTimesCase(
            "Both times are corrected together",
            [
                report(.shipped, inTransit, at: 10, shipped: 9),
                report(.delivered, delivered, at: 30, delivered: 29),
                report(.delivered, delivered, at: 40, shipped: 5, delivered: 6),
            ], [times(5, 6)]),
    ]

    private static let implied = [
        ParcelTimesCase(
            "None stated: the times of the reports with which the order was shipped and delivered",
            [report(.shipped, inTransit, at: 10), report(.delivered, delivered, at: 30)], [times(10, 30)]),
        ParcelTimesCase(
            "The same reports in the other order",
            [report(.delivered, delivered, at: 30), report(.shipped, inTransit, at: 10)], [times(10, 30)]),
        ParcelTimesCase(
            "Reports without any time: the time of receipt is not when it happened",
            [report(.shipped, inTransit), report(.delivered, delivered)], [times(nil, nil)]),
        ParcelTimesCase(
            "A delivery that does not name the only parcel",
            [report(.shipped, inTransit, at: 10), report(.delivered, at: 30)], [times(10, 30)]),
        ParcelTimesCase(
            "A delivery that names none of two parcels, of which one left later",
            [
                report(.shipped, inTransit, at: 10), report(.shipped, inTransit, of: "B", at: 20),
                report(.delivered, at: 30),
            ], [times(10, nil), times(nil, nil)]),
        ParcelTimesCase(
            "A parcel that arrives before the other, and is reported again",
            [
                report(.shipped, inTransit, at: 10), report(.shipped, inTransit, of: "B", at: 10),
                report(.shipped, delivered, at: 25), report(.shipped, delivered, at: 40),
            ], [times(10, 25), times(10, nil)]),
        ParcelTimesCase(
            "Tracking that is reported later than the shipment",
            [report(.shipped, at: 10), report(.shipped, inTransit, at: 20)], [times(nil, nil)]),
        ParcelTimesCase(
            "Tracking with the time of the shipment",
            [report(.shipped, at: 10), report(.shipped, inTransit, at: 10)], [times(10, nil)]),
        ParcelTimesCase(
            "A parcel whose first report is of its delivery", [report(.shipped, delivered, at: 10)],
            [times(nil, 10)]),
        ParcelTimesCase(
            "A report of an earlier status does not say that the parcel has arrived",
            [report(.shipped, "Held", at: 10), report(.processing, delivered, at: 20)], [times(10, nil)]),
    ]

    private static let implausible = [
        ParcelTimesCase(
            "Ahead by what a clock may be", [report(.shipped, inTransit, at: 10, shipped: 65)], [times(65, nil)]),
        ParcelTimesCase(
            "Further ahead: left out", [report(.shipped, inTransit, at: 10, shipped: 66)], [times(10, nil)]),
        ParcelTimesCase(
            "Before the order, by what a clock may be", [report(.shipped, inTransit, at: 10, shipped: -5)],
            [times(0, nil)]),
        ParcelTimesCase(
            "Further before the order: left out", [report(.shipped, inTransit, shipped: -6)], [times(nil, nil)]),
        ParcelTimesCase(
            "A report from before the order implies nothing", [report(.shipped, inTransit, at: -6)],
            [times(nil, nil)]),
        ParcelTimesCase(
            "Delivered before it was shipped: both left out",
            [report(.delivered, delivered, at: 30, shipped: 20, delivered: 19)], [times(nil, 30)]),
        ParcelTimesCase(
            "Delivered before the known shipment: left out",
            [report(.shipped, inTransit, at: 10, shipped: 9), report(.delivered, delivered, at: 30, delivered: 8)],
            [times(9, 30)]),
        ParcelTimesCase(
            "Shipped after the known delivery: left out",
            [
                report(.delivered, delivered, at: 30, shipped: 9, delivered: 29),
                report(.delivered, delivered, at: 40, shipped: 31),
            ], [times(9, 29)]),
    ]
}

@Suite("When parcels were shipped and delivered")
struct ParcelTimesTests {
    private static let received = Fixtures.now + .hours(1)

    @Test(
        "Stated times win, missing ones come from the reports, and implausible ones are left out",
        arguments: ParcelTimesCase.all)
    func table(testCase: ParcelTimesCase) throws {
        var order = try Fixtures.placed().order
        for report in testCase.reports {
            // As it is read back for each report.
            let before = try #require(Order(document: order.document))
            order = before.applying(report, at: ParcelTimesTests.received).order
        }
        #expect(order.shipments.map(\.parcel.times) == testCase.times)
    }

    @Test(
        "Reports that are applied together have the same times, and repeating them changes nothing",
        arguments: ParcelTimesCase.all)
    func together(testCase: ParcelTimesCase) throws {
        let order = try Fixtures.placed().order.applying(testCase.reports, at: ParcelTimesTests.received).order
        #expect(order.shipments.map(\.parcel.times) == testCase.times)
        let stored = try #require(Order(document: order.document))
        #expect(stored == order)
        let again = stored.applying(testCase.reports, at: ParcelTimesTests.received)
        #expect(again.events.isEmpty)
        #expect(again.order == stored)
    }

    @Test("A time that becomes known later is an event, and fractions of a second are not")
    func events() throws {
        func report(_ shippedAt: Timestamp?) -> Order.Report {
            let parcel = Order.Parcel(shipping: Fixtures.shipping, times: Order.ParcelTimes(shippedAt: shippedAt))
            return Order.Report(.shipped, parcel: parcel)
        }
        let shippedAt = Fixtures.now + .minutes(9)
        let shipped = try Fixtures.placed().order.applying(report(nil), at: ParcelTimesTests.received).order
        let applied = shipped.applying(report(shippedAt + .milliseconds(999)), at: ParcelTimesTests.received)
        #expect(applied.events.map(\.status) == [.shipped])
        #expect(applied.order.shipments.map(\.parcel.times) == [Order.ParcelTimes(shippedAt: shippedAt)])
        let again = applied.order.applying(report(shippedAt + .milliseconds(1)), at: ParcelTimesTests.received)
        #expect(again.events.isEmpty && again.order == applied.order)
    }
}
