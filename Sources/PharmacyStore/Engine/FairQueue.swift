internal import DequeModule

/// What waits for its turn, in lanes that take turns: however much one lane has waiting, the next turn of each other is no
/// further away than there are lanes. Within a lane the order is kept.
///
/// The lanes share a number of places. When all are taken, what comes in a lane with less takes the newest place of the
/// lane with the most: who floods the queue is refused, and nobody else. Some lanes have as many places of their own.
struct FairQueue<Lane: Hashable & Sendable, Element> {
    typealias Instant = ContinuousClock.Instant

    private struct Waiting {
        var elements: Deque<Element> = []
        /// How often it was put back since it last got on.
        var setbacks = 0
        /// Until when its turn is passed over.
        var pausedUntil: Instant?
    }

    private let places: Int
    private let hasOwnPlaces: @Sendable (Lane) -> Bool
    /// Those lanes in which something waits.
    private var lanes: [Lane: Waiting] = [:]
    /// Those of them that are not paused, the next to have its turn first.
    private var turns: Deque<Lane> = []
    private var paused: Set<Lane> = []
    private var taken = 0

    /// - Parameters:
    ///   - places: 1 or more.
    ///   - hasOwnPlaces: the lanes that do not share places with others.
    init(places: Int, hasOwnPlaces: @escaping @Sendable (Lane) -> Bool = { _ in false }) {
        self.places = places
        self.hasOwnPlaces = hasOwnPlaces
    }

    var isEmpty: Bool { lanes.isEmpty }

    /// How many wait, in all lanes.
    var count: Int { lanes.values.reduce(0) { $0 + $1.elements.count } }

    /// Puts something behind all that waits in its lane.
    /// - Returns: what has no place, if anything: this, or the newest of the lane that has the most.
    mutating func append(_ element: Element, to lane: Lane) -> Element? {
        var refused: Element?
        let own = lanes[lane]?.elements.count ?? 0
        if hasOwnPlaces(lane) {
            guard own < places else { return element }
        } else if taken >= places {
            guard let most = longestSharedLane, let length = lanes[most]?.elements.count, length > own + 1 else {
                return element
            }
            refused = lanes[most]?.elements.popLast()
            taken -= 1
        }
        if own == 0 { turns.append(lane) }
        lanes[lane, default: Waiting()].elements.append(element)
        if !hasOwnPlaces(lane) { taken += 1 }
        return refused
    }

    private var longestSharedLane: Lane? {
        var longest: (lane: Lane, length: Int)?
        for (lane, waiting) in lanes where waiting.elements.count > longest?.length ?? 0 && !hasOwnPlaces(lane) {
            longest = (lane, waiting.elements.count)
        }
        return longest?.lane
    }

    /// The lane whose turn it is; `nil` where nothing waits that is not paused.
    mutating func nextLane(at now: Instant) -> Lane? {
        for lane in paused where lanes[lane]?.pausedUntil.map({ $0 <= now }) ?? false {
            paused.remove(lane)
            lanes[lane]?.pausedUntil = nil
            turns.append(lane)
        }
        return turns.first
    }

    /// How often what waits in a lane was put back since the lane last got on.
    func setbacks(of lane: Lane) -> Int { lanes[lane]?.setbacks ?? 0 }

    /// What was taken of the lane was done.
    mutating func noteProgress(of lane: Lane) {
        if setbacks(of: lane) > 0 { lanes[lane]?.setbacks = 0 }
    }

    /// Takes the oldest of the lane whose turn it is; the lane goes behind the others.
    mutating func popFirst() -> Element? {
        guard let lane = turns.popFirst(), let index = lanes.index(forKey: lane) else { return nil }
        let element = lanes.values[index].elements.popFirst()
        if !hasOwnPlaces(lane) { taken -= 1 }
        if lanes.values[index].elements.isEmpty {
            lanes.remove(at: index)
        } else {
            turns.append(lane)
        }
        return element
    }

    /// Takes the oldest of the lane whose turn it is, as many as there are up to a limit; the lane goes behind the others.
    mutating func removeFirst(_ limit: Int) -> [Element] {
        guard let lane = turns.popFirst(), var waiting = lanes.removeValue(forKey: lane) else { return [] }
        let removed = Array(waiting.elements.prefix(limit))
        waiting.elements.removeFirst(removed.count)
        if !hasOwnPlaces(lane) { taken -= removed.count }
        if !waiting.elements.isEmpty {
            lanes[lane] = waiting
            turns.append(lane)
        }
        return removed
    }

    /// Puts back what was taken and could not be done, before all that waits in its lane, and passes the lane over for a
    /// while. Places are not asked for: it had them.
    /// - Parameter setbacks: how often it was put back by now.
    mutating func putBack(_ elements: [Element], to lane: Lane, setbacks: Int, until end: Instant) {
        guard !elements.isEmpty else { return }
        var waiting = lanes[lane] ?? Waiting()
        waiting.elements.prepend(contentsOf: elements)
        waiting.setbacks = setbacks
        waiting.pausedUntil = end
        lanes[lane] = waiting
        turns.removeAll { $0 == lane }
        paused.insert(lane)
        if !hasOwnPlaces(lane) { taken += elements.count }
    }

    /// When the first of the paused lanes has its turn again; `nil` where none is paused.
    var nextResumption: Instant? { paused.compactMap { lanes[$0]?.pausedUntil }.min() }

    /// The earliest of what a function says of those that wait.
    func earliest(_ moment: (Element) -> Instant) -> Instant? {
        lanes.values.lazy.flatMap(\.elements).map(moment).min()
    }

    /// Takes away all for which a function says so, out of turn.
    mutating func removeAll(where isOver: (Element) -> Bool = { _ in true }) -> [Element] {
        var removed: [Element] = []
        for lane in Array(lanes.keys) {
            guard let waiting = lanes[lane], waiting.elements.contains(where: isOver) else { continue }
            let gone = waiting.elements.filter(isOver)
            removed += gone
            if !hasOwnPlaces(lane) { taken -= gone.count }
            if gone.count == waiting.elements.count {
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
