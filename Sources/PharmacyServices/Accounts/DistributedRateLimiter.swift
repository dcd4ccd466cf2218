internal import PharmacyDomain
internal import PharmacyStore
internal import Synchronization

/// What clients may still ask of all nodes together.
///
/// A request is let in only when it was paid for in the database, so that however many nodes there are, no more are let
/// in than the limit says. Requests of one client that arrive while its row is being asked are paid for together; a node
/// that is asked often by one client takes a few more than it needs, and may be left with those.
final class DistributedRateLimiter: Sendable {
    private struct Client {
        /// Requests that are paid for and not made yet.
        var taken = 0
        /// Until when its requests are paid for, those taken among them, in nanoseconds since 1970.
        var theoreticalArrivalTime: Int64 = 0
        /// By `ServerClock.elapsed`.
        var askedAt: Duration?
        var isAsking = false
        /// Requests that came while the store was being asked.
        var waiting: [PendingVerdict] = []

        /// Makes a request that is paid for; `nil` when there is none left.
        mutating func spend(limit: RateLimit, at now: Timestamp) -> RateLimit.Verdict? {
            guard taken > 0 else { return nil }
            taken -= 1
            return limit.verdict(theoreticalArrivalTime: theoreticalArrivalTime, unspent: taken, at: now)
        }

        /// The refusal of a request, by what is known of all that were paid for; `nil` when there may be something left.
        func refusal(limit: RateLimit, at now: Timestamp) -> RateLimit.Verdict? {
            // What was paid for by a clock that has been set back since is set right in the store, for all nodes at once.
            guard limit.isPossible(theoreticalArrivalTime: theoreticalArrivalTime, at: now) else { return nil }
            var paid = theoreticalArrivalTime
            let verdict = limit.admit(&paid, at: now)
            return verdict.isAllowed ? nil : verdict
        }
    }

    private enum Step {
        case decided(RateLimit.Verdict)
        case ask(reserve: Int)
        case wait(PendingVerdict)
    }

    private let store: Store
    private let time: any ServerClock
    private let clients = Mutex<[String: Client]>([:])

    init(store: Store, time: any ServerClock) {
        self.store = store
        self.time = time
    }

    /// Decides one request.
    /// - Returns: `nil` when the store does not answer: then each node counts by itself.
    func admit(_ key: String, limit: RateLimit) async -> RateLimit.Verdict? {
        switch step(key, limit: limit) {
        case .decided(let verdict): verdict
        case .wait(let pending): await pending.verdict
        case .ask(let reserve): await ask(key, limit: limit, reserve: reserve)
        }
    }

    private func step(_ key: String, limit: RateLimit) -> Step {
        let (now, elapsed) = (time.now(), time.elapsed())
        return clients.withLock { clients in
            if clients[key] == nil, clients.count >= ServiceLimits.rateLimitEntries {
                clients = clients.filter { $0.value.isAsking }
            }
            var client = clients[key, default: Client()]
            defer { clients[key] = client }
            // What is paid for is counted on while the store is asked for more: nobody else takes of it meanwhile.
            if client.isAsking {
                let pending = PendingVerdict()
                client.waiting.append(pending)
                return .wait(pending)
            }
            if let verdict = client.spend(limit: limit, at: now) { return .decided(verdict) }
            if let refusal = client.refusal(limit: limit, at: now) { return .decided(refusal) }
            let isBusy = client.askedAt.map { elapsed - $0 < ServiceLimits.rateLimitBusy } ?? false
            client.isAsking = true
            client.askedAt = elapsed
            return .ask(reserve: isBusy ? limit.requests / ServiceLimits.rateLimitReserve : 0)
        }
    }

    /// Pays for one request, and then for those that came meanwhile, until there are none.
    private func ask(_ key: String, limit: RateLimit, reserve: Int) async -> RateLimit.Verdict? {
        let own = await pay(for: 1, reserve: reserve, key, limit: limit).first ?? nil
        while true {
            let waiting = clients.withLock { clients in
                let waiting = clients[key]?.waiting ?? []
                clients[key]?.waiting = []
                clients[key]?.isAsking = !waiting.isEmpty
                return waiting
            }
            if waiting.isEmpty { return own }
            let verdicts = await pay(for: waiting.count, reserve: 0, key, limit: limit)
            for (pending, verdict) in zip(waiting, verdicts) { pending.resolve(verdict) }
        }
    }

    /// Pays for as many requests as may be made.
    /// - Returns: the verdicts on `count` requests; `nil` where the store does not answer.
    private func pay(for count: Int, reserve: Int, _ key: String, limit: RateLimit) async -> [RateLimit.Verdict?] {
        let now = time.now()
        let client = TokenHash.of(key)
        let wanted = max(1, count + reserve - clients.withLock { $0[key]?.taken ?? 0 })
        do {
            let answer = try await store.systemWrite(.counters) {
                try $0.takeRequests(wanted, of: client, limit: limit, at: now)
            }
            return clients.withLock { clients in
                var client = clients[key, default: Client()]
                defer { clients[key] = client }
                client.taken += answer.granted
                client.theoreticalArrivalTime = answer.theoreticalArrivalTime
                return (0..<count).map { _ in
                    client.spend(limit: limit, at: now) ?? client.refusal(limit: limit, at: now)
                }
            }
        } catch {
            return [RateLimit.Verdict?](repeating: nil, count: count)
        }
    }

    /// Until when the requests of a client are paid for; `nil` when the store does not answer.
    func theoreticalArrivalTime(by key: String) async -> Int64? {
        let client = TokenHash.of(key)
        return try? await store.systemRead { try $0.theoreticalArrivalTime(by: client) }
    }
}

/// A verdict that is on its way.
private final class PendingVerdict: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<RateLimit.Verdict?, Never>)
        case resolved(RateLimit.Verdict?)
    }

    private let state = Mutex(State.open)

    var verdict: RateLimit.Verdict? {
        get async {
            await withCheckedContinuation { continuation in
                let resolved: RateLimit.Verdict?? = state.withLock { state in
                    if case .resolved(let verdict) = state { return .some(verdict) }
                    state = .awaited(continuation)
                    return .none
                }
                if let resolved { continuation.resume(returning: resolved) }
            }
        }
    }

    func resolve(_ verdict: RateLimit.Verdict?) {
        let waiter: CheckedContinuation<RateLimit.Verdict?, Never>? = state.withLock { state in
            defer { state = .resolved(verdict) }
            if case .awaited(let continuation) = state { return continuation }
            return nil
        }
        waiter?.resume(returning: verdict)
    }
}
