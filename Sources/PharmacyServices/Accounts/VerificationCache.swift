internal import PharmacyDomain
internal import Synchronization

/// What the store said a moment ago of tokens and tenants; believed for `ServiceLimits.verificationKept`, by a clock that is
/// never set (`ServerClock.elapsed`): setting the wall clock must not make a revoked token live longer.
final class VerificationCache: Sendable {
    private struct Token {
        let caller: Caller
        let tenant: TenantID
        let expiresAt: Timestamp
        let believedUntil: Duration
    }

    private struct State {
        var tokens: [[UInt8]: Token] = [:]
        var tenants: [String: (tenant: Tenant, believedUntil: Duration)] = [:]
        var touched: [ClientID: Duration] = [:]
        /// Counts revocations: what was looked up before one is not kept after it.
        var epoch: UInt64 = 0
    }

    private let time: any ServerClock
    private let state = Mutex(State())

    init(time: any ServerClock) {
        self.time = time
    }

    var epoch: UInt64 { state.withLock(\.epoch) }

    func caller(_ hash: [UInt8], tenant: TenantID, at now: Timestamp) -> Caller? {
        let elapsed = time.elapsed()
        return state.withLock { state in
            guard let token = state.tokens[hash], token.tenant == tenant, elapsed < token.believedUntil,
                now < token.expiresAt
            else { return nil }
            return token.caller
        }
    }

    func keep(
        _ caller: Caller, _ hash: [UInt8], tenant: TenantID, expiresAt: Timestamp, epoch: UInt64
    ) {
        let believedUntil = time.elapsed() + ServiceLimits.verificationKept
        state.withLock { state in
            guard state.epoch == epoch else { return }
            if state.tokens.count >= ServiceLimits.cacheEntries { state.tokens = [:] }
            state.tokens[hash] = Token(
                caller: caller, tenant: tenant, expiresAt: expiresAt, believedUntil: believedUntil)
        }
    }

    /// Something was revoked: ask the store again.
    func forgetTokens() {
        state.withLock { state in
            state.tokens = [:]
            state.epoch += 1
        }
    }

    func tenant(_ name: String) -> Tenant? {
        let elapsed = time.elapsed()
        return state.withLock { state in
            guard let known = state.tenants[name], elapsed < known.believedUntil else { return nil }
            return known.tenant
        }
    }

    func keep(_ tenant: Tenant) {
        let believedUntil = time.elapsed() + ServiceLimits.verificationKept
        state.withLock { state in
            if state.tenants.count >= ServiceLimits.cacheEntries { state.tenants = [:] }
            state.tenants[tenant.name] = (tenant, believedUntil)
        }
    }

    func forgetTenants() {
        state.withLock { $0.tenants = [:] }
    }

    /// Whether `last_used_at` of a credential is due to be written.
    func shouldRecordLastUse(_ client: ClientID) -> Bool {
        let elapsed = time.elapsed()
        return state.withLock { state in
            if let last = state.touched[client], elapsed - last < ServiceLimits.lastUseInterval { return false }
            if state.touched.count >= ServiceLimits.cacheEntries { state.touched = [:] }
            state.touched[client] = elapsed
            return true
        }
    }
}
