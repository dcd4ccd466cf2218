import PharmacyDomain
import Testing

@testable import PharmacyServices

@Suite("The slots of a worker that claims orders lane by lane")
struct DispatchRoomTests {
    private let lane = DispatchSlots.Lane(tenant: 1, number: 2)

    @Test("A worker waits for a slot that becomes free during a plan, because the plan does not know of it")
    func duringPlan() {
        let room = LaneCapacity(total: 8)
        room.begin([lane, lane])
        let slots = room.beginPlan()
        #expect(room.end(lane))
        #expect(room.beginPlan().free == slots.free + 1)
    }

    @Test("After a plan a worker waits for a slot where orders are due without room", arguments: [true, false])
    func afterPlan(isShort: Bool) {
        let room = LaneCapacity(total: 8)
        room.begin([lane, lane])
        _ = room.beginPlan()
        room.endPlan(isShort: isShort)
        #expect(room.end(lane) == isShort)
        #expect(room.end(lane) == isShort)
        #expect(room.beginPlan().free == 8)
    }
}
