/// A number of requests per window, such as `600/m`.
package struct RateLimit: Hashable, Sendable, CustomStringConvertible {
    /// 1 to 1,000,000.
    package let requests: Int
    /// 1 second or more.
    package let window: Duration

    package init?(requests: Int, window: Duration) {
        guard (1...1_000_000).contains(requests), window >= .seconds(1) else { return nil }
        self.requests = requests
        self.window = window
    }

    private init(clamping requests: Int, window: Duration) {
        self.requests = min(max(requests, 1), 1_000_000)
        self.window = window
    }

    /// A limit for each minute. Numbers outside 1...1,000,000 become the nearer end.
    package static func perMinute(_ requests: Int) -> RateLimit { RateLimit(clamping: requests, window: .seconds(60)) }

    /// Reads `N/s`, `N/m` or `N/h`.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let requests = ASCIIDigits.number(parts[0].utf8) else { return nil }
        switch parts[1] {
        case "s": self.init(requests: requests, window: .seconds(1))
        case "m": self.init(requests: requests, window: .seconds(60))
        case "h": self.init(requests: requests, window: .seconds(3600))
        default: return nil
        }
    }

    package var description: String {
        "\(requests)/\(window == .seconds(1) ? "s" : window == .seconds(3600) ? "h" : "m")"
    }

    /// The decision about one request.
    package struct Verdict: Hashable, Sendable {
        package let isAllowed: Bool
        /// Requests that are allowed right after this one.
        package let remaining: Int
        /// Until the whole allowance is available again.
        package let resetsIn: Duration
        /// Until one request is allowed again; zero if this one was allowed.
        package let retryAfter: Duration
    }

    /// The cost of one request, in nanoseconds of the window.
    private var cost: Int64 { window.milliseconds * 1_000_000 / Int64(requests) }

    /// The allowance in nanoseconds: a multiple of the cost, so that a burst has exactly `requests`, even where that number does
    /// not divide the window.
    private var allowance: Int64 { cost * Int64(requests) }

    /// The debt of a client, in nanoseconds, at most the allowance. A greater debt comes from a clock that has been set back
    /// since, and would lock the client out for as long as that clock was fast. Clocks of several nodes may differ by
    /// `clockTolerance` without forgiving a debt.
    private func debt(_ theoreticalArrivalTime: Int64, at now: Timestamp) -> Int64 {
        isPossible(theoreticalArrivalTime: theoreticalArrivalTime, at: now)
            ? max(0, theoreticalArrivalTime - now.milliseconds * 1_000_000) : allowance
    }

    /// Whether a theoretical arrival time can result from requests before `now`: it is at most the allowance ahead.
    package func isPossible(theoreticalArrivalTime: Int64, at now: Timestamp) -> Bool {
        theoreticalArrivalTime - now.milliseconds * 1_000_000 <= allowance + RateLimit.clockTolerance.milliseconds
            * 1_000_000
    }

    /// How far the clocks of nodes that share a limit may differ.
    package static let clockTolerance = Duration.seconds(1)

    /// Decides one request by the generic cell rate algorithm (GCRA, ITU-T I.371): the allowance recovers evenly over the
    /// window, and all of it may be used at once.
    /// - Parameters:
    ///   - theoreticalArrivalTime: the client's state, in nanoseconds of the clock of `now`; 0 before the first request. An
    ///     allowed request increases it, and a clock that was set back decreases it.
    ///   - now: the time of any clock, as long as it is the same for all requests.
    ///   - count: how many requests are decided together, all or none, 1 or more. More than the limit allows in one window need
    ///     the whole allowance.
    package func admit(_ theoreticalArrivalTime: inout Int64, at now: Timestamp, count: Int = 1) -> Verdict {
        let present = now.milliseconds * 1_000_000
        let debt = debt(theoreticalArrivalTime, at: now)
        let after = debt + cost * Int64(min(count, requests))
        guard after <= allowance else {
            theoreticalArrivalTime = present + debt
            return Verdict(
                isAllowed: false, remaining: 0, resetsIn: .nanoseconds(debt),
                retryAfter: .nanoseconds(after - allowance))
        }
        theoreticalArrivalTime = present + after
        return allowed(debt: after)
    }

    /// The verdict on a request that was reserved before.
    /// - Parameters:
    ///   - theoreticalArrivalTime: the client's state, which includes all reserved requests.
    ///   - unspent: reserved requests that have not been made yet, without this one.
    package func verdict(theoreticalArrivalTime: Int64, unspent: Int, at now: Timestamp) -> Verdict {
        allowed(debt: debt(theoreticalArrivalTime - Int64(unspent) * cost, at: now))
    }

    private func allowed(debt: Int64) -> Verdict {
        Verdict(
            isAllowed: true, remaining: Int(max(0, allowance - debt) / cost), resetsIn: .nanoseconds(debt),
            retryAfter: .zero)
    }
}
