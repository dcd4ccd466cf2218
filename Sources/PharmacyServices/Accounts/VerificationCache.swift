internal import PharmacyDomain
internal import Synchronization

/// What the store said a moment ago of tokens and tenants; believed for `ServiceLimits.verificationKept`.
final class VerificationCache: Sendable {
    private struct Token {
        let caller: Caller
        let tenant: TenantID
        let believedUntil: Timestamp
    }

    private struct State {
        var tokens: [[UInt8]: Token] = [:]
        var tenants: [String: (tenant: Tenant, believedUntil: Timestamp)] = [:]
        var touched: [ClientID: Timestamp] = [:]
        /// Counts revocations: what was looked up before one is not kept after it.
        var epoch: UInt64 = 0
    }

    private let state = Mutex(State())

    var epoch: UInt64 { state.withLock(\.epoch) }

    func caller(_ hash: [UInt8], tenant: TenantID, at now: Timestamp) -> Caller? {
        state.withLock { state in
            guard let token = state.tokens[hash], token.tenant == tenant, now < token.believedUntil else { return nil }
            return token.caller
        }
    }

    func keep(
        _ caller: Caller, _ hash: [UInt8], tenant: TenantID, expiresAt: Timestamp, at now: Timestamp, epoch: UInt64
    ) {
        state.withLock { state in
            guard state.epoch == epoch else { return }
            if state.tokens.count >= ServiceLimits.cacheEntries { state.tokens = [:] }
            state.tokens[hash] = Token(
                caller: caller, tenant: tenant,
                believedUntil: min(expiresAt, now + ServiceLimits.verificationKept))
        }
    }

    /// Something was revoked: ask the store again.
    func forgetTokens() {
        state.withLock { state in
            state.tokens = [:]
            state.epoch += 1
        }
    }

    func tenant(_ name: String, at now: Timestamp) -> Tenant? {
        state.withLock { state in
            guard let known = state.tenants[name], now < known.believedUntil else { return nil }
            return known.tenant
        }
    }

    func keep(_ tenant: Tenant, at now: Timestamp) {
        state.withLock { state in
            if state.tenants.count >= ServiceLimits.cacheEntries { state.tenants = [:] }
            state.tenants[tenant.name] = (tenant, now + ServiceLimits.verificationKept)
        }
    }

    func forgetTenants() {
        state.withLock { $0.tenants = [:] }
    }

    /// Whether `last_used_at` of a credential is due to be written.
    func mustTouch(_ client: ClientID, at now: Timestamp) -> Bool {
        state.withLock { state in
            if let last = state.touched[client], now.since(last) < ServiceLimits.touchInterval { return false }
            if state.touched.count >= ServiceLimits.cacheEntries { state.touched = [:] }
            state.touched[client] = now
            return true
        }
    }
}
