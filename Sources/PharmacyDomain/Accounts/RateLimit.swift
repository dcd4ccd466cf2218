/// So many requests in so long: `600/m`.
package struct RateLimit: Hashable, Sendable, CustomStringConvertible {
    /// 1 to 1,000,000.
    package let requests: Int
    package let window: Duration

    package init?(requests: Int, window: Duration) {
        guard (1...1_000_000).contains(requests), window >= .seconds(1) else { return nil }
        self.requests = requests
        self.window = window
    }

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

    /// The answer to one request.
    package struct Verdict: Hashable, Sendable {
        package let limit: RateLimit
        package let isAllowed: Bool
        /// Requests that would be allowed at once after this one.
        package let remaining: Int
        /// Until the whole allowance is back.
        package let resetsIn: Duration
        /// Until one request is allowed again; zero where this one was.
        package let retryAfter: Duration
    }

    /// What one request costs, in nanoseconds of the window.
    private var cost: Int64 { window.milliseconds * 1_000_000 / Int64(requests) }

    /// A multiple of the cost, so that a burst is `requests` exactly, also where they do not divide the window.
    private var allowance: Int64 { cost * Int64(requests) }

    /// The debt of a client, in nanoseconds. No client owes more than the allowance: what was paid for further ahead was paid
    /// for by a clock that has been set back since, and would lock the client out for as long as that clock was fast. Clocks
    /// of several nodes may differ by `clockTolerance`, which must not let anybody off.
    private func debt(_ theoreticalArrivalTime: Int64, at now: Timestamp) -> Int64 {
        isPossible(theoreticalArrivalTime: theoreticalArrivalTime, at: now)
            ? max(0, theoreticalArrivalTime - now.milliseconds * 1_000_000) : allowance
    }

    /// Whether the requests so far may be paid for up to a moment: it is not further ahead than the allowance lets anybody
    /// pay.
    package func isPossible(theoreticalArrivalTime: Int64, at now: Timestamp) -> Bool {
        theoreticalArrivalTime - now.milliseconds * 1_000_000 <= allowance + RateLimit.clockTolerance.milliseconds
            * 1_000_000
    }

    /// How far the clocks of nodes that count together may differ.
    package static let clockTolerance = Duration.seconds(1)

    /// Decides one request by the generic cell rate algorithm: the allowance comes back evenly over the window, and the
    /// whole of it may be spent at once.
    /// - Parameters:
    ///   - paidUpTo: when the requests so far are paid for (the theoretical arrival time), in nanoseconds of the clock of
    ///     `now`; 0 before the first. It moves on with each request that is allowed, and back where that clock has been set
    ///     back.
    ///   - now: by whatever clock, as long as it is always the same.
    package func admit(_ theoreticalArrivalTime: inout Int64, at now: Timestamp) -> Verdict {
        let present = now.milliseconds * 1_000_000
        let debt = debt(theoreticalArrivalTime, at: now)
        let after = debt + cost
        guard after <= allowance else {
            theoreticalArrivalTime = present + debt
            return Verdict(
                limit: self, isAllowed: false, remaining: 0, resetsIn: .nanoseconds(debt),
                retryAfter: .nanoseconds(after - allowance))
        }
        theoreticalArrivalTime = present + after
        return allowed(debt: after)
    }

    /// The verdict on a request that was paid for before.
    /// - Parameters:
    ///   - paidUpTo: when the requests so far are paid for, those not made yet among them.
    ///   - unspent: requests that are paid for and not made yet, this one not among them.
    package func verdict(theoreticalArrivalTime: Int64, unspent: Int, at now: Timestamp) -> Verdict {
        allowed(debt: debt(theoreticalArrivalTime - Int64(unspent) * cost, at: now))
    }

    private func allowed(debt: Int64) -> Verdict {
        Verdict(
            limit: self, isAllowed: true, remaining: Int(max(0, allowance - debt) / cost), resetsIn: .nanoseconds(debt),
            retryAfter: .zero)
    }
}
