import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("States of a delivery")
struct DeliveryStateTests {
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)

    @Test("State names match the stored values")
    func names() {
        #expect(
            DeliveryState.allCases.map(\.rawValue) == ["waiting", "ready", "sending", "succeeded", "failed"])
    }

    @Test(
        "Each verdict ends an attempt in its documented state",
        arguments: [
            (DeliveryPolicy.Verdict.succeeded, DeliveryState.succeeded, DeliveryState.Action.startNext),
            (.failed, .failed, .startNext), (.retry(at: now), .ready, .schedule(at: now)),
            (.deferred(until: now), .ready, .schedule(at: now)),
        ])
    func ends(verdict: DeliveryPolicy.Verdict, state: DeliveryState, action: DeliveryState.Action) throws {
        let ended = try #require(DeliveryState.sending.ended(verdict))
        #expect(ended.state == state && ended.action == action)
        for other in DeliveryState.allCases where other != .sending { #expect(other.ended(verdict) == nil) }
    }

    @Test("A delivery is claimed while it is active, started while it waits, and redelivered once it is finished")
    func transitions() {
        #expect(DeliveryState.allCases.map { $0.claimed() } == [nil, .sending, .sending, nil, nil])
        #expect(DeliveryState.allCases.map { $0.started() } == [.ready, nil, nil, nil, nil])
        #expect(DeliveryState.allCases.map { $0.redelivered()?.state } == [nil, nil, nil, .waiting, .waiting])
        #expect(DeliveryState.allCases.map { $0.released() } == [.waiting, .ready, .ready, .succeeded, .failed])
    }

    @Test("Each state has one shown status, by which it can be selected")
    func shown() {
        for state in DeliveryState.allCases {
            #expect(DeliveryState.states(shownAs: state.shownStatus).contains(state))
            #expect(state.isFinished == (state.shownStatus != .pending))
        }
        #expect(DeliveryState.states(shownAs: .pending) == DeliveryState.unfinished)
        #expect(Set(DeliveryState.active + DeliveryState.finished + [.waiting]) == Set(DeliveryState.allCases))
    }

    @Test(
        "Despite workers and crashes, a queue with deliveries has one active one, and all are made",
        arguments: 0..<200)
    func property(seed: Int) {
        var queue = DeliveryQueueModel(seed: UInt64(seed))
        for _ in 0..<60 { queue.step() }
        queue.finish()
        #expect(queue.problems == [])
    }
}

/// The deliveries of one order to one URL, as the store moves them.
private struct DeliveryQueueModel {
    private var random: SeededGenerator
    private var states: [DeliveryState] = []
    /// The claim that each delivery has, and those that workers still hold.
    private var claims: [Int] = []
    private var workers: [(delivery: Int, claim: Int)] = []
    private var isLeased = false
    private var latestClaim = 0
    private(set) var problems: [String] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func step() {
        switch Int.random(in: 0..<9, using: &random) {
        case 0, 1: add()
        case 2, 3: claim()
        case 4, 5:
            if let worker = workers.indices.randomElement(using: &random) { end(workers.remove(at: worker)) }
        case 6: isLeased = false
        case 7:
            workers = []
            isLeased = false
            states = states.map { $0.released() }
        default:
            if let delivery = states.indices.randomElement(using: &random) { redeliver(delivery) }
        }
        check()
    }

    mutating func finish() {
        for _ in 0..<states.count {
            isLeased = false
            claim()
            if let worker = workers.popLast() { end(worker, verdict: .succeeded) }
            check()
        }
        if states.contains(where: { !$0.isFinished }) { problems.append("not all deliveries are made: \(states)") }
    }

    private mutating func check() {
        if states.count(where: \.isActive) > 1 { problems.append("more than one is active: \(states)") }
        if states.contains(.waiting), !states.contains(where: \.isActive) {
            problems.append("one waits for nothing: \(states)")
        }
    }

    private mutating func add() {
        states.append(DeliveryState.new(behindUnfinished: states.contains { !$0.isFinished }))
        claims.append(0)
    }

    private mutating func claim() {
        guard !isLeased, let delivery = states.firstIndex(where: \.isActive), let next = states[delivery].claimed()
        else { return }
        states[delivery] = next
        latestClaim += 1
        claims[delivery] = latestClaim
        isLeased = true
        workers.append((delivery, latestClaim))
    }

    private mutating func end(_ worker: (delivery: Int, claim: Int), verdict: DeliveryPolicy.Verdict? = nil) {
        let moment = Timestamp(milliseconds: 0)
        let verdicts: [DeliveryPolicy.Verdict] = [.succeeded, .failed, .retry(at: moment), .deferred(until: moment)]
        // A claim that another worker has overtaken records nothing.
        guard claims[worker.delivery] == worker.claim,
            let verdict = verdict ?? verdicts.randomElement(using: &random),
            let (next, action) = states[worker.delivery].ended(verdict)
        else { return }
        states[worker.delivery] = next
        isLeased = false
        if action == .startNext { startNext() }
    }

    private mutating func redeliver(_ delivery: Int) {
        guard let (next, action) = states[delivery].redelivered() else { return }
        states[delivery] = next
        if action == .startNext { startNext() }
    }

    private mutating func startNext() {
        guard !states.contains(where: \.isActive), let first = states.firstIndex(of: .waiting),
            let next = states[first].started()
        else { return }
        states[first] = next
    }
}
