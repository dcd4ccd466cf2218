import Testing

@testable import PharmacyStore

@Suite("A queue with fair shares")
struct FairQueueTests {
    private let now = ContinuousClock.now

    private func taken(_ queue: inout FairQueue<String, Int>, _ count: Int, at moment: ContinuousClock.Instant? = nil)
        -> [Int]
    {
        (0..<count).compactMap { _ in queue.nextLane(at: moment ?? now) == nil ? nil : queue.popFirst() }
    }

    @Test("Lanes take turns, and each stays in its order")
    func turns() {
        var queue = FairQueue<String, Int>(capacity: 100)
        for number in 1...5 { #expect(queue.append(number, to: "busy") == nil) }
        for number in 11...12 { #expect(queue.append(number, to: "calm") == nil) }
        #expect(queue.append(21, to: "late") == nil)
        #expect(taken(&queue, 8) == [1, 11, 21, 2, 12, 3, 4, 5])
        #expect(queue.isEmpty && queue.count == 0)
    }

    @Test("When the capacity is used up, the newest element of the longest lane makes room")
    func places() {
        var queue = FairQueue<String, Int>(capacity: 4)
        for number in 1...4 { #expect(queue.append(number, to: "busy") == nil) }
        #expect(queue.append(5, to: "busy") == 5, "who floods it is refused")
        #expect(queue.append(11, to: "calm") == 4)
        #expect(queue.append(12, to: "calm") == 3)
        #expect(queue.append(13, to: "calm") == 13, "both have the same")
        #expect(queue.append(6, to: "busy") == 6)
        let refused = queue.append(21, to: "late")
        #expect(refused == 2 || refused == 12)
        #expect(queue.count == 4)
    }

    @Test("A thousand lanes each get a place, whatever one of them has queued")
    func manyLanes() {
        var queue = FairQueue<Int, Int>(capacity: 2_000)
        for number in 0..<2_000 { #expect(queue.append(number, to: -1) == nil) }
        for lane in 0..<1_000 { #expect(queue.append(lane, to: lane) != lane) }
        #expect(queue.count == 2_000)
        var order: [Int] = []
        while queue.nextLane(at: now) != nil, let number = queue.popFirst() { order.append(number) }
        #expect(order.count == 2_000 && order.prefix(1_001) == [0] + Array(0..<1_000))
    }

    @Test("Lanes with a capacity of their own neither take nor give places")
    func ownPlaces() {
        var queue = FairQueue<String, Int>(capacity: 2) { $0 == "own" }
        for number in 1...2 { #expect(queue.append(number, to: "tenant") == nil) }
        for number in 11...12 { #expect(queue.append(number, to: "own") == nil) }
        #expect(queue.append(13, to: "own") == 13)
        #expect(queue.append(3, to: "tenant") == 3)
        #expect(taken(&queue, 4) == [1, 11, 2, 12])
        #expect(queue.append(4, to: "tenant") == nil)
    }

    @Test("Elements that are put back precede later ones after their pause, and other lanes continue")
    func puttingBack() {
        var queue = FairQueue<String, Int>(capacity: 100)
        for number in 1...4 { #expect(queue.append(number, to: "held") == nil) }
        #expect(queue.nextLane(at: now) == "held" && queue.removeFirst(2) == [1, 2])
        for number in 11...12 { #expect(queue.append(number, to: "free") == nil) }
        queue.putBack([1, 2], to: "held", setbacks: 1, until: now + .milliseconds(50))
        #expect(queue.append(5, to: "held") == nil)
        #expect(taken(&queue, 5) == [11, 12])
        #expect(queue.nextResumption == now + .milliseconds(50))
        #expect(queue.nextLane(at: now + .milliseconds(49)) == nil && !queue.isEmpty)
        #expect(queue.nextLane(at: now + .milliseconds(50)) == "held")
        #expect(queue.setbacks(of: "held") == 1)
        queue.noteProgress(of: "held")
        #expect(queue.setbacks(of: "held") == 0 && queue.nextResumption == nil)
        #expect(queue.removeFirst(10) == [1, 2, 3, 4, 5])
        #expect(queue.isEmpty)
    }

    @Test("An element that is removed out of turn frees its place")
    func removal() {
        var queue = FairQueue<String, Int>(capacity: 4)
        for number in 1...2 { #expect(queue.append(number, to: "one") == nil) }
        for number in 3...4 { #expect(queue.append(number, to: "two") == nil) }
        queue.putBack([], to: "one", setbacks: 1, until: now + .seconds(1))
        #expect(queue.earliest { now + .seconds($0) } == now + .seconds(1))
        #expect(queue.removeAll { $0 != 2 }.sorted() == [1, 3, 4])
        #expect(queue.append(5, to: "two") == nil)
        #expect(taken(&queue, 4) == [2, 5])
        #expect(queue.append(6, to: "one") == nil && queue.removeAll() == [6] && queue.isEmpty)
    }
}
