package import PharmacyDomain
internal import Synchronization

/// Request rates of clients, kept in memory.
package final class RateLimiter: Sendable {
    private let time: any TimeSource
    private let paidUpTo = Mutex<[String: Int64]>([:])

    package init(time: any TimeSource) {
        self.time = time
    }

    /// Decides one request of the client that `key` names.
    package func admit(_ key: String, limit: RateLimit) -> RateLimit.Verdict {
        let now = time.now()
        return paidUpTo.withLock { clients in
            if clients.count >= ServiceLimits.rateLimitEntries {
                // Who owes nothing is as good as unknown.
                clients = clients.filter { $0.value > now.milliseconds * 1_000_000 }
            }
            return limit.admit(&clients[key, default: 0], at: now)
        }
    }
}
