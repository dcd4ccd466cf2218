package import PharmacyDomain
package import PharmacyStore
internal import Synchronization

/// Limits the request rates of clients: in memory if one node serves the database, and over all nodes otherwise.
package final class RateLimiter: Sendable {
    private let time: any ServerClock
    private let shared: DistributedRateLimiter?
    /// The state of each client (GCRA), in nanoseconds of `present`. Not a `BoundedCache`: removing the oldest client would restore
    /// its allowance.
    private let theoreticalArrivalTime = Mutex<[String: Int64]>([:])

    /// - Parameter store: the store that nodes share; `nil`: this node counts by itself.
    package init(time: any ServerClock, sharing store: Store? = nil) {
        self.time = time
        shared = store.map { DistributedRateLimiter(store: $0, time: time) }
    }

    /// Decides one request, or several together.
    /// - Parameters:
    ///   - key: names the client.
    ///   - count: how many requests are decided, all or none, 1 or more.
    package func admit(_ key: String, limit: RateLimit, count: Int = 1) async -> RateLimit.Verdict {
        if let verdict = await shared?.admit(key, limit: limit, count: count) { return verdict }
        let now = present
        return theoreticalArrivalTime.withLock { clients in
            if clients[key] == nil, clients.count >= ServiceLimits.rateLimitEntries {
                RateLimiter.makeRoom(in: &clients, at: now)
            }
            return limit.admit(&clients[key, default: 0], at: now, count: count)
        }
    }

    /// The verdict that `admit` would return. The request is not counted.
    package func verdict(on key: String, limit: RateLimit) async -> RateLimit.Verdict {
        if var time = await shared?.theoreticalArrivalTime(by: key) { return limit.admit(&time, at: self.time.now()) }
        var time = theoreticalArrivalTime.withLock { $0[key] ?? 0 }
        return limit.admit(&time, at: present)
    }

    /// The time for counting in memory: a clock that is never set and begins with the process.
    private var present: Timestamp { Timestamp(milliseconds: time.elapsed().milliseconds) }

    /// Removes clients whose whole allowance is available, and if the table is still full, a tenth of it. So a flood of addresses
    /// costs neither unlimited memory nor a walk through the table for each request.
    private static func makeRoom(in clients: inout [String: Int64], at now: Timestamp) {
        clients = clients.filter { $0.value > now.milliseconds * 1_000_000 }
        let excess = clients.count - ServiceLimits.rateLimitEntries * 9 / 10
        if excess > 0 { for key in Array(clients.keys.prefix(excess)) { clients[key] = nil } }
    }
}
