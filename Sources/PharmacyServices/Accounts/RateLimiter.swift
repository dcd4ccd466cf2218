package import PharmacyDomain
package import PharmacyStore
internal import Synchronization

/// Request rates of clients: kept in memory where one node serves the database, and shared by all nodes otherwise.
package final class RateLimiter: Sendable {
    private let time: any ServerClock
    private let shared: DistributedRateLimiter?
    /// By client: until when its requests are paid for, in nanoseconds of `present`.
    private let theoreticalArrivalTime = Mutex<[String: Int64]>([:])

    /// - Parameter store: where nodes count together; `nil` for one that counts by itself.
    package init(time: any ServerClock, sharing store: Store? = nil) {
        self.time = time
        shared = store.map { DistributedRateLimiter(store: $0, time: time) }
    }

    /// Decides one request of the client that `key` names.
    package func admit(_ key: String, limit: RateLimit) async -> RateLimit.Verdict {
        if let verdict = await shared?.admit(key, limit: limit) { return verdict }
        let now = present
        return theoreticalArrivalTime.withLock { clients in
            if clients[key] == nil, clients.count >= ServiceLimits.rateLimitEntries {
                RateLimiter.makeRoom(in: &clients, at: now)
            }
            return limit.admit(&clients[key, default: 0], at: now)
        }
    }

    /// What `admit` would say, without counting anything.
    package func verdict(on key: String, limit: RateLimit) async -> RateLimit.Verdict {
        if var paid = await shared?.theoreticalArrivalTime(by: key) { return limit.admit(&paid, at: time.now()) }
        var paid = theoreticalArrivalTime.withLock { $0[key] ?? 0 }
        return limit.admit(&paid, at: present)
    }

    /// What is counted in memory goes by a clock that is never set, and begins with the process.
    private var present: Timestamp { Timestamp(milliseconds: time.elapsed().milliseconds) }

    /// Forgets who owes nothing, and is as good as unknown; where all owe, a tenth of them: a flood of addresses must
    /// cost neither memory without end nor a walk through the table for each request.
    private static func makeRoom(in clients: inout [String: Int64], at now: Timestamp) {
        clients = clients.filter { $0.value > now.milliseconds * 1_000_000 }
        let excess = clients.count - ServiceLimits.rateLimitEntries * 9 / 10
        if excess > 0 { for key in Array(clients.keys.prefix(excess)) { clients[key] = nil } }
    }
}
