import PharmacyTestSupport
import Testing

@testable import PharmacyDomain

@Suite("Orders and their reports")
struct OrderTests {
    @Test("A new order is pending, and its first event reports that it was created")
    func placed() throws {
        let (order, event) = try Fixtures.placed()
        #expect(order.status == .pending)
        #expect(order.shipping == nil)
        #expect(order.history.map(\.status) == [.pending])
        #expect(order.createdAt == Fixtures.now)
        #expect(order.updatedAt == Fixtures.now)
        #expect(event.type == .created)
        #expect(event.sequence == 1)
        #expect(event.status == .pending)
        #expect(event.orderID == order.id)
        #expect(event.reference == "ORD-12345")
        #expect(event.customerReference == "CUST-789")
        #expect(event.occurredAt == Fixtures.now)
    }

    @Test("A report moves the order one step, with one event")
    func step() throws {
        let order = try Fixtures.placed().order
        let later = Fixtures.now + .hours(1)
        let (confirmed, events) = order.applying(Order.Report(.confirmed, reason: "In stock."), at: later)
        #expect(confirmed.status == .confirmed)
        #expect(confirmed.updatedAt == later)
        #expect(confirmed.createdAt == Fixtures.now)
        #expect(confirmed.history.last == Order.StatusChange(status: .confirmed, at: later, reason: "In stock."))
        #expect(events.map(\.type) == [.confirmed])
        #expect(events.map(\.sequence) == [2])
        #expect(events.map(\.occurredAt) == [later])
        #expect(order.status == .pending, "the order before is as it was")
    }

    @Test("A report that skips ahead passes through the statuses between, with one event each")
    func skip() throws {
        let report = Order.Report(.delivered, reason: "Left at the door.", shipping: Fixtures.shipping)
        let (order, events) = try Fixtures.placed().order.applying(report, at: Fixtures.now + .hours(1))
        #expect(order.history.map(\.status) == OrderStatus.deliveryPath)
        #expect(order.history.map(\.reason) == [nil, nil, nil, nil, "Left at the door."])
        #expect(events.map(\.type) == [.confirmed, .processing, .shipped, .delivered])
        #expect(events.map(\.sequence) == [2, 3, 4, 5])
        let arrived = Order.Shipping(carrier: "USPS", tracking: Fixtures.shipping.tracking, status: "Delivered")
        #expect(events.map(\.shipping) == [nil, nil, Fixtures.shipping, arrived])
    }

    @Test(
        "A report of a repeated or earlier status changes nothing and has no events",
        arguments: [
            (.confirmed, [.pending, .confirmed]),
            (.shipped, [.pending, .confirmed, .processing, .shipped, .cancelled, .failed]),
            (.delivered, [.pending, .confirmed, .processing, .shipped, .delivered, .cancelled, .failed]),
            (.cancelled, [.pending, .confirmed, .processing, .shipped, .delivered, .cancelled, .failed]),
            (.failed, [.pending, .confirmed, .processing, .shipped, .delivered, .cancelled, .failed]),
            (.refunded, OrderStatus.allCases),
        ] as [(OrderStatus, [OrderStatus])])
    func ignored(status: OrderStatus, reports: [OrderStatus]) throws {
        let order = try Fixtures.placed().order.applying(Order.Report(status), at: Fixtures.now).order
        #expect(order.status == status)
        for report in reports {
            let (after, events) = order.applying(Order.Report(report), at: Fixtures.now + .hours(1))
            #expect(after == order)
            #expect(events.isEmpty)
        }
    }

    @Test("A parcel is known from its first report on, and the newest report replaces earlier ones")
    func shipping() throws {
        let early = Order.Report(.processing, shipping: Fixtures.shipping)
        var order = try Fixtures.placed().order.applying(early, at: Fixtures.now).order
        #expect(order.shipping == Fixtures.shipping, "a label may be printed before the parcel leaves")
        order = order.applying(Order.Report(.shipped), at: Fixtures.now).order
        #expect(order.shipping == Fixtures.shipping, "a report without shipping does not remove it")
        let silent = order.applying(Order.Report(.delivered), at: Fixtures.now)
        let arrived = Order.Shipping(carrier: "USPS", tracking: Fixtures.shipping.tracking, status: "Delivered")
        #expect(silent.order.shipping == arrived, "what was delivered is not in transit any more")
        #expect(silent.events.map(\.shipping) == [arrived])
        let door = Order.Shipping(carrier: "USPS", tracking: Fixtures.shipping.tracking, status: "Left at the door")
        let applied = order.applying(Order.Report(.delivered, shipping: door), at: Fixtures.now)
        #expect(applied.order.shipping == door)
        #expect(applied.events.map(\.shipping) == [door])
        let refunded = applied.order.applying(Order.Report(.refunded), at: Fixtures.now)
        #expect(refunded.events.map(\.shipping) == [door])
    }

    @Test("In whatever order reports arrive, the history has only allowed transitions, and each change has one event")
    func anyReports() throws {
        var generator = SeededGenerator(seed: 8)
        var ends: Set<OrderStatus> = []
        for _ in 0..<2000 {
            var (order, event) = try Fixtures.placed()
            var events = [event]
            var now = Fixtures.now
            for _ in 0..<Int.random(in: 0...12, using: &generator) {
                now = now + .milliseconds(Int.random(in: 0...5000, using: &generator))
                let status = try #require(OrderStatus.allCases.randomElement(using: &generator))
                let before = order
                let applied = order.applying(Order.Report(status), at: now)
                order = applied.order
                events += applied.events
                #expect(applied.events.isEmpty ? order == before : order.status == status)
                #expect(order.history.starts(with: before.history), "history is only added to")
            }
            for (from, to) in zip(order.history, order.history.dropFirst()) {
                #expect(OrderStatusTests.edges[from.status]?.contains(to.status) == true)
                #expect(from.at <= to.at)
            }
            #expect(order.history.last?.status == order.status)
            #expect(events.map(\.status) == order.history.map(\.status))
            #expect(events.map(\.occurredAt) == order.history.map(\.at))
            #expect(events.map(\.sequence) == Array(1...events.count))
            #expect(events.allSatisfy { $0.type.status == $0.status })
            ends.insert(order.status)
        }
        #expect(ends.count >= 6, "the sequences reach most of the statuses")
    }
}
