import PharmacyDomain
import Testing

@Suite("The script of a sandbox order")
struct SandboxScriptTests {
    private static let deliveryPath: [OrderStatus] = [.confirmed, .processing, .shipped, .delivered]

    @Test(
        "An order is delivered unless its memo selects another outcome",
        arguments: [
            (nil, deliveryPath), ("", deliveryPath), ("Draft created via automation", deliveryPath),
            ("see sandbox:fail", deliveryPath),
            ("see sandbox:hold", deliveryPath),
            ("see sandbox:cancel", deliveryPath), ("see sandbox:refund", deliveryPath),
            ("Sandbox:fail", deliveryPath), ("sandbox:", deliveryPath), ("sandbox:unknown", deliveryPath),
            ("sandbox:hold", []),
            ("sandbox:hold until Monday", []), ("sandbox:fail", [.confirmed, .failed]),
            ("sandbox:failure", [.confirmed, .failed]), ("sandbox:cancel", [.confirmed, .cancelled]),
            ("sandbox:cancelled", [.confirmed, .cancelled]), ("sandbox:refund", deliveryPath + [.refunded]),
        ] as [(String?, [OrderStatus])])
    func memos(memo: String?, statuses: [OrderStatus]) throws {
        let script = SandboxScript(memo: memo, seed: 1)
        #expect(script.reports.map(\.status) == statuses)

        var order = try Fixtures.placed().order
        for report in script.reports {
            let applied = order.applying(report, at: Fixtures.now)
            #expect(applied.events.map(\.status) == [report.status], "each report is one step")
            order = applied.order
        }
        #expect(order.status == statuses.last ?? .pending)
    }

    @Test("An undelivered order has a reason", arguments: ["sandbox:fail", "sandbox:cancel", "sandbox:refund"])
    func reasons(memo: String) {
        let reports = SandboxScript(memo: memo, seed: 1).reports
        #expect(reports.last?.reason?.isEmpty == false)
        #expect(reports.dropLast().allSatisfy { $0.reason == nil })
    }

    @Test("A shipped order has a carrier and a tracking number, the same ones when it is delivered")
    func shipping() throws {
        let reports = SandboxScript(memo: nil, seed: 5).reports
        #expect(reports.prefix(2).allSatisfy { $0.shipping == nil })
        let shipped = try #require(reports[2].shipping)
        let delivered = try #require(reports[3].shipping)
        #expect(shipped.status == "In Transit")
        #expect(delivered.status == "Delivered")
        #expect([shipped.carrier, shipped.tracking] == [delivered.carrier, delivered.tracking])
    }

    @Test("A parcel has the times at which it was shipped and delivered, also where the order skips its shipment")
    func times() throws {
        let reports = SandboxScript(memo: "sandbox:refund", seed: 5).reports
        func times(_ reports: some Sequence<Order.Report>) throws -> [Order.ParcelTimes] {
            var order = try Fixtures.placed().order
            var now = Fixtures.now
            for report in reports {
                now = now + .minutes(1)
                order = order.applying(report.simulated(of: order, at: now), at: now).order
            }
            return order.shipments.map(\.parcel.times)
        }
        let shippedAt = Fixtures.now + .minutes(3)
        #expect(try times(reports.prefix(2)).isEmpty)
        #expect(try times(reports.prefix(3)) == [Order.ParcelTimes(shippedAt: shippedAt)])
        let both = Order.ParcelTimes(shippedAt: shippedAt, deliveredAt: Fixtures.now + .minutes(4))
        #expect(try times(reports) == [both])
        let once = Fixtures.now + .minutes(1)
        #expect(try times(reports.suffix(2).prefix(1)) == [Order.ParcelTimes(shippedAt: once, deliveredAt: once)])
    }

    @Test(
        "A tracking number has its carrier's form, and depends on the seed alone",
        arguments: [
            (UInt64(0), "USPS", "9400111899000000000000"), (1, "UPS", "1Z999AA10000000001"),
            (2, "FedEx", "000000000002"),
            (123_456_789_012, "USPS", "9400111899123456789012"), (.max, "USPS", "9400111899073709551615"),
        ])
    func tracking(seed: UInt64, carrier: String, tracking: String) {
        let expected = Order.Shipping(carrier: carrier, tracking: tracking, status: "In Transit")
        #expect(Order.Shipping.simulated(seed: seed, status: "In Transit") == expected)
    }
}
