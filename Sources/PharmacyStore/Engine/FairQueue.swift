internal import DequeModule

/// A queue of lanes that take turns: however many elements one lane has, each other lane has its next turn after at most as
/// many turns as there are lanes. The elements of a lane stay in their order.
///
/// The lanes share a capacity. When it is used up, a new element of a shorter lane replaces the newest element of the longest
/// lane: only a sender that floods the queue is refused. Some lanes have the same capacity for themselves.
struct FairQueue<LaneID: Hashable & Sendable, Element> {
    typealias Instant = ContinuousClock.Instant

    private struct Waiting {
        var elements: Deque<Element> = []
        /// How often the lane was put back since its last progress.
        var setbacks = 0
        /// Until when its turn is skipped.
        var pausedUntil: Instant?
    }

    private let capacity: Int
    private let hasOwnCapacity: @Sendable (LaneID) -> Bool
    /// The lanes that have elements.
    private var lanes: [LaneID: Waiting] = [:]
    /// The lanes that are not paused, in the order of their turns.
    private var turns: Deque<LaneID> = []
    private var paused: Set<LaneID> = []
    private var sharedCount = 0

    /// - Parameters:
    ///   - capacity: the most elements, 1 or more.
    ///   - hasOwnCapacity: the lanes that do not share the capacity with others.
    init(capacity: Int, hasOwnCapacity: @escaping @Sendable (LaneID) -> Bool = { _ in false }) {
        self.capacity = capacity
        self.hasOwnCapacity = hasOwnCapacity
    }

    var isEmpty: Bool { lanes.isEmpty }

    /// The number of elements in all lanes.
    var count: Int { lanes.values.reduce(0) { $0 + $1.elements.count } }

    /// Adds an element at the end of its lane.
    /// - Returns: the element that is refused, if any: this one, or the newest of the longest lane.
    mutating func append(_ element: Element, to lane: LaneID) -> Element? {
        var refused: Element?
        let own = lanes[lane]?.elements.count ?? 0
        if hasOwnCapacity(lane) {
            guard own < capacity else { return element }
        } else if sharedCount >= capacity {
            guard let most = longestSharedLane, let length = lanes[most]?.elements.count, length > own + 1 else {
                return element
            }
            refused = lanes[most]?.elements.popLast()
            sharedCount -= 1
        }
        if own == 0 { turns.append(lane) }
        lanes[lane, default: Waiting()].elements.append(element)
        if !hasOwnCapacity(lane) { sharedCount += 1 }
        return refused
    }

    private var longestSharedLane: LaneID? {
        var longest: (lane: LaneID, length: Int)?
        for (lane, waiting) in lanes where waiting.elements.count > longest?.length ?? 0 && !hasOwnCapacity(lane) {
            longest = (lane, waiting.elements.count)
        }
        return longest?.lane
    }

    /// The lane that has its turn; `nil` where all elements are in paused lanes, or there are none.
    mutating func nextLane(at now: Instant) -> LaneID? {
        for lane in paused where lanes[lane]?.pausedUntil.map({ $0 <= now }) ?? false {
            paused.remove(lane)
            lanes[lane]?.pausedUntil = nil
            turns.append(lane)
        }
        return turns.first
    }

    /// How often a lane was put back since its last progress.
    func setbacks(of lane: LaneID) -> Int { lanes[lane]?.setbacks ?? 0 }

    /// Records that an element of the lane was processed.
    mutating func noteProgress(of lane: LaneID) {
        if setbacks(of: lane) > 0 { lanes[lane]?.setbacks = 0 }
    }

    /// Removes the oldest element of the lane that has its turn; the lane's next turn comes after those of the others.
    mutating func popFirst() -> Element? {
        guard let lane = turns.popFirst(), let index = lanes.index(forKey: lane) else { return nil }
        let element = lanes.values[index].elements.popFirst()
        if !hasOwnCapacity(lane) { sharedCount -= 1 }
        if lanes.values[index].elements.isEmpty {
            lanes.remove(at: index)
        } else {
            turns.append(lane)
        }
        return element
    }

    /// Removes up to `limit` of the oldest elements of the lane that has its turn; the lane's next turn comes after those of
    /// the others.
    mutating func removeFirst(_ limit: Int) -> [Element] {
        guard let lane = turns.popFirst(), var waiting = lanes.removeValue(forKey: lane) else { return [] }
        let removed = Array(waiting.elements.prefix(limit))
        waiting.elements.removeFirst(removed.count)
        if !hasOwnCapacity(lane) { sharedCount -= removed.count }
        if !waiting.elements.isEmpty {
            lanes[lane] = waiting
            turns.append(lane)
        }
        return removed
    }

    /// Puts removed elements that could not be processed at the beginning of their lane, and pauses the lane. The elements had
    /// their places before, so the capacity is not checked.
    /// - Parameter setbacks: how often the lane has now been put back.
    mutating func putBack(_ elements: [Element], to lane: LaneID, setbacks: Int, until end: Instant) {
        guard !elements.isEmpty else { return }
        var waiting = lanes[lane] ?? Waiting()
        waiting.elements.prepend(contentsOf: elements)
        waiting.setbacks = setbacks
        waiting.pausedUntil = end
        lanes[lane] = waiting
        turns.removeAll { $0 == lane }
        paused.insert(lane)
        if !hasOwnCapacity(lane) { sharedCount += elements.count }
    }

    /// When the first paused lane has its turn again; `nil` where none is paused.
    var nextResumption: Instant? { paused.compactMap { lanes[$0]?.pausedUntil }.min() }

    /// The earliest of the elements' times.
    func earliest(_ moment: (Element) -> Instant) -> Instant? {
        lanes.values.lazy.flatMap(\.elements).map(moment).min()
    }

    /// Removes all elements for which a function returns `true`, whether or not their lane has its turn.
    mutating func removeAll(where isOver: (Element) -> Bool = { _ in true }) -> [Element] {
        var removed: [Element] = []
        for lane in Array(lanes.keys) {
            guard let waiting = lanes[lane], waiting.elements.contains(where: isOver) else { continue }
            let over = waiting.elements.filter(isOver)
            removed += over
            if !hasOwnCapacity(lane) { sharedCount -= over.count }
            if over.count == waiting.elements.count {
                lanes[lane] = nil
                turns.removeAll { $0 == lane }
                paused.remove(lane)
            } else {
                lanes[lane]?.elements.removeAll(where: isOver)
            }
        }
        return removed
    }
}
