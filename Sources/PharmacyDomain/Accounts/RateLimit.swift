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

    /// Decides one request by the generic cell rate algorithm: the allowance comes back evenly over the window, and the
    /// whole of it may be spent at once.
    /// - Parameter paidUpTo: when the requests so far are paid for (the theoretical arrival time), in nanoseconds since
    ///   1970; 0 before the first. It moves with each request that is allowed.
    package func admit(_ paidUpTo: inout Int64, at now: Timestamp) -> Verdict {
        let present = now.milliseconds * 1_000_000
        let debt = max(0, paidUpTo - present)
        let after = debt + cost
        guard after <= allowance else {
            return Verdict(
                limit: self, isAllowed: false, remaining: 0, resetsIn: .nanoseconds(debt),
                retryAfter: .nanoseconds(after - allowance))
        }
        paidUpTo = present + after
        return allowed(debt: after)
    }

    /// The verdict on a request that was paid for before.
    /// - Parameters:
    ///   - paidUpTo: when the requests so far are paid for, those not made yet among them.
    ///   - unspent: requests that are paid for and not made yet, this one not among them.
    package func verdict(paidUpTo: Int64, unspent: Int, at now: Timestamp) -> Verdict {
        allowed(debt: max(0, paidUpTo - Int64(unspent) * cost - now.milliseconds * 1_000_000))
    }

    private func allowed(debt: Int64) -> Verdict {
        Verdict(
            limit: self, isAllowed: true, remaining: Int(max(0, allowance - debt) / cost), resetsIn: .nanoseconds(debt),
            retryAfter: .zero)
    }
}
