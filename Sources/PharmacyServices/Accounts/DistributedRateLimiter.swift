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
        /// Requests that arrived while a reservation is in progress, and how many are decided together.
        var waiting: [(count: Int, pending: PendingVerdict)] = []

        /// Uses reserved requests; `nil` when too few are left.
        mutating func spend(_ count: Int, limit: RateLimit, at now: Timestamp) -> RateLimit.Verdict? {
            guard reserved >= count else { return nil }
            reserved -= count
            return limit.verdict(theoreticalArrivalTime: theoreticalArrivalTime, unspent: reserved, at: now)
        }

        /// Refuses requests by the known state; `nil` when the store may admit them.
        func refusal(_ count: Int, limit: RateLimit, at now: Timestamp) -> RateLimit.Verdict? {
            // A state from a clock that has been set back since is corrected in the store, for all nodes.
            guard limit.isPossible(theoreticalArrivalTime: theoreticalArrivalTime, at: now) else { return nil }
            var time = theoreticalArrivalTime
            let verdict = limit.admit(&time, at: now, count: max(1, count - reserved))
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

    /// Decides one request, or several together.
    /// - Returns: `nil` when the store does not respond: then each node counts by itself.
    func admit(_ key: String, limit: RateLimit, count: Int) async -> RateLimit.Verdict? {
        let count = min(count, limit.requests)
        return switch step(key, limit: limit, count: count) {
        case .decided(let verdict): verdict
        case .wait(let pending): await pending.waitIgnoringCancellation()
        case .request(let extra): await request(key, limit: limit, count: count, extra: extra)
        }
    }

    private func step(_ key: String, limit: RateLimit, count: Int) -> Step {
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
                client.waiting.append((count, pending))
                return .wait(pending)
            }
            if let verdict = client.spend(count, limit: limit, at: now) { return .decided(verdict) }
            if let refusal = client.refusal(count, limit: limit, at: now) { return .decided(refusal) }
            let isBusy = client.requestedAt.map { elapsed - $0 < ServiceLimits.rateLimitReserveWindow } ?? false
            client.isRequesting = true
            client.requestedAt = elapsed
            return .request(extra: isBusy ? limit.requests / ServiceLimits.rateLimitReserveDivisor : 0)
        }
    }

    /// Reserves the caller's requests, and then those that arrived meanwhile, until there are none.
    private func request(_ key: String, limit: RateLimit, count: Int, extra: Int) async -> RateLimit.Verdict? {
        let own = await reserve(for: [count], extra: extra, key, limit: limit).first ?? nil
        while true {
            let waiting = clients.withLock { clients in
                let waiting = clients[key]?.waiting ?? []
                clients[key]?.waiting = []
                clients[key]?.isRequesting = !waiting.isEmpty
                return waiting
            }
            if waiting.isEmpty { return own }
            let verdicts = await reserve(for: waiting.map(\.count), extra: 0, key, limit: limit)
            for (request, verdict) in zip(waiting, verdicts) { request.pending.send(verdict) }
        }
    }

    /// Reserves as many requests as the limit allows.
    /// - Parameter counts: how many requests each caller wants to make, all or none of a caller's.
    /// - Returns: a verdict for each caller; `nil` where the store does not respond.
    private func reserve(
        for counts: [Int], extra: Int, _ key: String, limit: RateLimit
    ) async -> [RateLimit.Verdict?] {
        let now = time.now()
        let client = TokenHash.of(key)
        let wanted = max(1, counts.reduce(extra, +) - clients.withLock { $0[key]?.reserved ?? 0 })
        do {
            let result = try await store.systemWrite(.counters) {
                try $0.reserveRequests(wanted, of: client, limit: limit, at: now)
            }
            return clients.withLock { clients in
                var client = clients[key, default: Client()]
                defer { clients[key] = client }
                client.reserved += result.granted
                client.theoreticalArrivalTime = result.theoreticalArrivalTime
                return counts.map { count in
                    client.spend(count, limit: limit, at: now) ?? client.refusal(count, limit: limit, at: now)
                }
            }
        } catch {
            return [RateLimit.Verdict?](repeating: nil, count: counts.count)
        }
    }

    /// The state of a client (GCRA); `nil` when the store does not respond.
    func theoreticalArrivalTime(by key: String) async -> Int64? {
        let client = TokenHash.of(key)
        return try? await store.systemRead { try $0.theoreticalArrivalTime(by: client) }
    }
}
