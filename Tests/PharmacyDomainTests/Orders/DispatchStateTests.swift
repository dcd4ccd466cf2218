import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("States of an order's dispatch")
struct DispatchStateTests {
    @Test("State names match the stored values")
    func names() {
        #expect(
            DispatchState.allCases.map(\.rawValue) == [
                "ready", "sending", "postponed", "uncertain", "resending", "accepted", "refused", "withdrawn",
                "unrecorded",
            ])
        #expect(DispatchState(stored: "of a newer program") == .uncertain)
    }

    /// A state, and the documented states that it may lead to in one step.
    static let ways: [(from: DispatchState, to: Set<DispatchState>)] = [
        (.ready, [.sending, .withdrawn]),
        (.sending, [.accepted, .refused, .postponed, .uncertain, .withdrawn, .resending]),
        (.postponed, [.sending, .withdrawn]),
        (.uncertain, [.resending, .withdrawn]),
        (.resending, [.accepted, .refused, .uncertain, .withdrawn]),
        (.accepted, []), (.refused, []), (.withdrawn, []),
    ]

    @Test("Each state has exactly the documented transitions", arguments: ways.map(\.from))
    func transitions(state: DispatchState) throws {
        let ends: [DispatchState.AttemptEnd] = [
            .accepted, .refused, .unavailable(mayHaveArrived: false), .unavailable(mayHaveArrived: true),
        ]
        let next =
            ends.compactMap { state.ended($0)?.state } + [
                state.claimed().state, state.interrupted(), state.withdrawn(),
            ]
        let documented = try #require(DispatchStateTests.ways.first { $0.from == state }).to
        #expect(Set(next).subtracting([state]) == documented)
    }

    @Test("A finished dispatch leaves the queue and stays finished", arguments: DispatchState.final)
    func final(state: DispatchState) {
        let claimed = state.claimed()
        #expect(claimed.state == state && claimed.action == .leaveQueue)
        #expect(state.withdrawn() == state && state.interrupted() == state && state.ended(.accepted) == nil)
    }

    @Test("The state of a row without one is derived from its document")
    func unrecorded() {
        let resolved = Order.Dispatch.Status.allCases.map(DispatchState.unrecorded.resolved(by:))
        #expect(resolved == [.uncertain, .accepted, .refused, .withdrawn])
        let pending = DispatchState.unrecorded.confirmed(by: .pending)
        #expect(pending.state == .resending && pending.action == .submit)
        #expect(DispatchState.unrecorded.confirmed(by: .withdrawn).action == .leaveQueue)
        #expect(DispatchState.sending.confirmed(by: .accepted).state == .sending)
    }

    @Test(
        "No sequence of workers, crashes, cancellations and responses loses an order, or gives up one that the pharmacy has",
        arguments: 0..<200)
    func property(seed: Int) {
        var world = DispatchWorld(seed: UInt64(seed))
        for _ in 0..<60 { world.step() }
        world.finish()
        #expect(world.problems == [])
    }
}

/// One order, its row, workers that claim it, and a pharmacy that records what it receives.
private struct DispatchWorld {
    private struct Claim {
        let token: Int
        let state: DispatchState
    }

    private var random: SeededGenerator
    private var state = DispatchState.ready
    /// Whether the row has a due time.
    private var isQueued = true
    private var isLeased = false
    private var claims = 0
    /// Claims whose workers are alive, also those that have expired.
    private var workers: [Claim] = []
    private var pharmacyHas = false
    private var isCanceledAtPharmacy = false
    private var latestToken = 0
    private(set) var problems: [String] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func step() {
        let before = state
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1, 2: claim()
        case 3, 4, 5:
            if let claim = workers.randomElement(using: &random) { attempt(claim) }
        case 6: workers.removeAll { _ in Bool.random(using: &random) }
        case 7: isLeased = false
        case 8: cancel()
        default: restart()
        }
        let way = DispatchStateTests.ways.first { $0.from == before }
        if state != before, way?.to.contains(state) != true { problems.append("\(before) led to \(state)") }
        check()
    }

    /// The pharmacy responds from now on: the order comes to an end.
    mutating func finish() {
        isLeased = false
        claim()
        if let claim = workers.last, claim.token == claims { record(claim, submit(claim) ?? .refused) }
        check()
        if !state.isFinal { problems.append("the order is never done: \(state)") }
    }

    private mutating func check() {
        if isQueued == state.isFinal { problems.append("\(state) and in the queue: \(isQueued)") }
        if state.isFinal, state != .accepted, pharmacyHas {
            problems.append("\(state), and the pharmacy has the order")
        }
        if state == .accepted, !pharmacyHas { problems.append("accepted, and the pharmacy does not have the order") }
        if state == .ready, claims > 0 { problems.append("ready after a claim") }
    }

    private mutating func claim() {
        guard isQueued, !isLeased else { return }
        let (next, action) = state.claimed()
        guard action == .submit else { return problems.append("\(state) was in the queue") }
        state = next
        claims += 1
        isLeased = true
        workers.append(Claim(token: claims, state: next))
    }

    /// A worker sends the order, or gives it up because it is too old, and records the result unless it stops before.
    private mutating func attempt(_ claim: Claim) {
        workers.removeAll { $0.token == claim.token }
        var end: DispatchState.AttemptEnd?
        switch Int.random(in: 0..<5, using: &random) {
        case 0: end = .unavailable(mayHaveArrived: false)
        case 1: end = giveUp(claim)
        case 2:
            _ = submit(claim)
            end = .unavailable(mayHaveArrived: true)
        default: end = submit(claim)
        }
        let stops = Int.random(in: 0..<4, using: &random) == 0
        if let end, !stops { record(claim, end) }
    }

    /// - Returns: `nil` where the pharmacy has seen a later claim.
    private mutating func submit(_ claim: Claim) -> DispatchState.AttemptEnd? {
        guard claim.token >= latestToken else { return nil }
        latestToken = claim.token
        if isCanceledAtPharmacy { return .refused }
        if !pharmacyHas, Int.random(in: 0..<6, using: &random) == 0 { return .refused }
        pharmacyHas = true
        return .accepted
    }

    private mutating func giveUp(_ claim: Claim) -> DispatchState.AttemptEnd? {
        // A worker whose claim has expired does not begin anything.
        guard claim.token == claims else { return nil }
        guard claim.state.expiryAction == .askPharmacyFirst else { return .refused }
        switch queryPharmacy() {
        case true?: return .refused
        case false?: return .accepted
        case nil: return .unavailable(mayHaveArrived: false)
        }
    }

    /// - Returns: whether the pharmacy agrees to cancel; `nil` where it does not respond.
    private mutating func queryPharmacy() -> Bool? {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return nil
        case 1 where pharmacyHas: return false
        default:
            pharmacyHas = false
            isCanceledAtPharmacy = true
            return true
        }
    }

    private mutating func record(_ claim: Claim, _ end: DispatchState.AttemptEnd) {
        guard claim.token == claims, isQueued, let (next, _) = claim.state.ended(end) else { return }
        state = next
        isQueued = !next.isFinal
        isLeased = false
    }

    private mutating func cancel() {
        guard !state.isFinal else { return }
        if state.cancelAction == .giveUp {
            if !workers.isEmpty { problems.append("canceled without the pharmacy, and a worker has the order") }
        } else {
            guard queryPharmacy() == true else { return }
        }
        state = state.withdrawn()
        isQueued = false
    }

    /// All workers have crashed, and their leases have expired.
    private mutating func restart() {
        guard isQueued else { return }
        workers = []
        isLeased = false
        state = state.interrupted()
    }
}
