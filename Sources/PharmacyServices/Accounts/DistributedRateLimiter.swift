internal import PharmacyDomain
internal import PharmacyStore
internal import Synchronization

/// Limits the request rates of clients over all nodes together.
///
/// A request is admitted only if it was reserved in the database, so that all nodes together never exceed the limit. Requests of a
/// client that arrive while its row is read are reserved together. A node that a client uses often reserves a few more requests
/// than it needs, and may not use them.
final class DistributedRateLimiter: Sendable {
    /// Sends the verdict on a request; `nil` where the store does not respond.
    private typealias PendingVerdict = AsyncSignal<RateLimit.Verdict?>

    private struct Client {
        /// Reserved requests that have not been made yet.
        var reserved = 0
        /// The state of the client (GCRA), including all reserved requests, in nanoseconds since 1970.
        var theoreticalArrivalTime: Int64 = 0
        /// When the store was used last, by `ServerClock.elapsed`.
        var requestedAt: Duration?
        var isRequesting = false
        /// Requests that arrived while a reservation is in progress.
        var waiting: [PendingVerdict] = []

        /// Uses a reserved request; `nil` when there is none left.
        mutating func spend(limit: RateLimit, at now: Timestamp) -> RateLimit.Verdict? {
            guard reserved > 0 else { return nil }
            reserved -= 1
            return limit.verdict(theoreticalArrivalTime: theoreticalArrivalTime, unspent: reserved, at: now)
        }

        /// Refuses a request by the known state; `nil` when the store may admit it.
        func refusal(limit: RateLimit, at now: Timestamp) -> RateLimit.Verdict? {
            // A state from a clock that has been set back since is corrected in the store, for all nodes.
            guard limit.isPossible(theoreticalArrivalTime: theoreticalArrivalTime, at: now) else { return nil }
            var time = theoreticalArrivalTime
            let verdict = limit.admit(&time, at: now)
            return verdict.isAllowed ? nil : verdict
        }
    }

    private enum Step {
        case decided(RateLimit.Verdict)
        case request(extra: Int)
        case wait(PendingVerdict)
    }

    private let store: Store
    private let time: any ServerClock
    /// Not a `BoundedCache`: clients whose requests wait for the store must stay.
    private let clients = Mutex<[String: Client]>([:])

    init(store: Store, time: any ServerClock) {
        self.store = store
        self.time = time
    }

    /// Decides one request.
    /// - Returns: `nil` when the store does not respond: then each node counts by itself.
    func admit(_ key: String, limit: RateLimit) async -> RateLimit.Verdict? {
        switch step(key, limit: limit) {
        case .decided(let verdict): verdict
        case .wait(let pending): await pending.waitIgnoringCancellation()
        case .request(let extra): await request(key, limit: limit, extra: extra)
        }
    }

    private func step(_ key: String, limit: RateLimit) -> Step {
        let (now, elapsed) = (time.now(), time.elapsed())
        return clients.withLock { clients in
            if clients[key] == nil, clients.count >= ServiceLimits.rateLimitEntries {
                clients = clients.filter { $0.value.isRequesting }
            }
            var client = clients[key, default: Client()]
            defer { clients[key] = client }
            // While a reservation is in progress, the reserved requests belong to its caller.
            if client.isRequesting {
                let pending = PendingVerdict(.forever)
                client.waiting.append(pending)
                return .wait(pending)
            }
            if let verdict = client.spend(limit: limit, at: now) { return .decided(verdict) }
            if let refusal = client.refusal(limit: limit, at: now) { return .decided(refusal) }
            let isBusy = client.requestedAt.map { elapsed - $0 < ServiceLimits.rateLimitReserveWindow } ?? false
            client.isRequesting = true
            client.requestedAt = elapsed
            return .request(extra: isBusy ? limit.requests / ServiceLimits.rateLimitReserveDivisor : 0)
        }
    }

    /// Reserves one request, and then those that arrived meanwhile, until there are none.
    private func request(_ key: String, limit: RateLimit, extra: Int) async -> RateLimit.Verdict? {
        let own = await reserve(for: 1, extra: extra, key, limit: limit).first ?? nil
        while true {
            let waiting = clients.withLock { clients in
                let waiting = clients[key]?.waiting ?? []
                clients[key]?.waiting = []
                clients[key]?.isRequesting = !waiting.isEmpty
                return waiting
            }
            if waiting.isEmpty { return own }
            let verdicts = await reserve(for: waiting.count, extra: 0, key, limit: limit)
            for (pending, verdict) in zip(waiting, verdicts) { pending.send(verdict) }
        }
    }

    /// Reserves as many requests as the limit allows.
    /// - Returns: the verdicts on `count` requests; `nil` where the store does not respond.
    private func reserve(for count: Int, extra: Int, _ key: String, limit: RateLimit) async -> [RateLimit.Verdict?] {
        let now = time.now()
        let client = TokenHash.of(key)
        let wanted = max(1, count + extra - clients.withLock { $0[key]?.reserved ?? 0 })
        do {
            let result = try await store.systemWrite(.counters) {
                try $0.reserveRequests(wanted, of: client, limit: limit, at: now)
            }
            return clients.withLock { clients in
                var client = clients[key, default: Client()]
                defer { clients[key] = client }
                client.reserved += result.granted
                client.theoreticalArrivalTime = result.theoreticalArrivalTime
                return (0..<count).map { _ in
                    client.spend(limit: limit, at: now) ?? client.refusal(limit: limit, at: now)
                }
            }
        } catch {
            return [RateLimit.Verdict?](repeating: nil, count: count)
        }
    }

    /// The state of a client (GCRA); `nil` when the store does not respond.
    func theoreticalArrivalTime(by key: String) async -> Int64? {
        let client = TokenHash.of(key)
        return try? await store.systemRead { try $0.theoreticalArrivalTime(by: client) }
    }
}
