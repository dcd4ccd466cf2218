import PharmacyDomain
import Testing

@Suite("Slots of deliveries in flight")
struct DeliverySlotsTests {
    private func receiver(
        _ destination: Int64, _ endpoint: Int64 = 0, of tenant: Int64 = 0
    ) -> DeliverySlots.Receiver {
        DeliverySlots.Receiver(tenant: tenant, destination: destination, endpoint: endpoint)
    }

    /// Starts as many deliveries to a receiver as there is room for.
    @discardableResult
    private func fill(_ slots: inout DeliverySlots, _ receiver: DeliverySlots.Receiver) -> Int {
        var started = 0
        while slots.room(for: receiver) > 0 {
            slots.begin(receiver)
            started += 1
        }
        return started
    }

    @Test("However many receivers never respond, there is room for one more", arguments: [1, 2, 16, 32, 64])
    func isolation(count: Int) {
        var slots = DeliverySlots(total: 2_048)
        for destination in 1...Int64(count) {
            // A receiver that has filled its share gets no more when others come.
            #expect(fill(&slots, receiver(destination)) >= 1)
            #expect(slots.room(for: receiver(destination)) <= 0)
        }
        #expect(slots.free > 0)
        #expect(slots.room(for: receiver(9_999)) >= 1)
    }

    @Test("A URL leaves room for the other URLs of its host, four slow ones for the fifth")
    func urls() {
        var slots = DeliverySlots(total: 2_048)
        for endpoint in 1...4 as ClosedRange<Int64> { #expect(fill(&slots, receiver(1, endpoint)) >= 2) }
        #expect(slots.room(for: receiver(1, 5)) >= 2)
    }

    @Test("There are never more deliveries than slots, and all slots become free again")
    func bounds() {
        var slots = DeliverySlots(total: 8)
        var started: [DeliverySlots.Receiver] = []
        for tenant in 1...100 as ClosedRange<Int64> {
            let count = fill(&slots, receiver(1, of: tenant))
            started += [DeliverySlots.Receiver](repeating: receiver(1, of: tenant), count: count)
        }
        #expect(started.count == 8)
        #expect(slots.free == 0)
        #expect(slots.room(for: receiver(1, of: 101)) <= 0)
        for receiver in started { slots.end(receiver) }
        slots.end(receiver(1, of: 1))
        #expect(slots.free == 8)
        #expect(slots.inFlight(to: 1, of: 1) == 0)
    }

    @Test("However many receivers of one tenant never respond, other tenants have room", arguments: [1_000, 10_000])
    func tenants(count: Int64) {
        var slots = DeliverySlots(total: 2_048)
        for tenant in 1...5 as ClosedRange<Int64> {
            for destination in 1...count { fill(&slots, receiver(destination, of: tenant)) }
            #expect(slots.room(for: receiver(count + 1, of: tenant)) <= 0)
        }
        #expect(slots.free > 200)
        #expect(slots.room(for: receiver(1, of: 6)) >= 4)
    }

    @Test("Receivers of two tenants with the same number are distinct")
    func numbers() {
        var slots = DeliverySlots(total: 64)
        slots.begin(receiver(1, of: 1))
        #expect(slots.inFlight(to: 1, of: 1) == 1)
        #expect(slots.inFlight(to: 1, of: 2) == 0)
    }
}
