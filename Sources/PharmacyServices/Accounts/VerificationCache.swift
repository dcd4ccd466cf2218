internal import PharmacyDomain
internal import Synchronization

/// Caches verified tokens and tenants for `ServiceLimits.verificationCacheLifetime`, measured by a clock that is never set
/// (`ServerClock.elapsed`): setting the wall clock must not extend the life of a revoked token.
final class VerificationCache: Sendable {
    private struct Token {
        let caller: Caller
        let tenant: TenantID
        let expiresAt: Timestamp
        let validUntil: Duration
    }

    private struct State {
        // Each kind of entry is valid for the same time, so that the oldest is the first to expire.
        var tokens = BoundedCache<[UInt8], Token>(capacity: ServiceLimits.cacheEntries)
        var tenants = BoundedCache<String, (tenant: Tenant, validUntil: Duration)>(
            capacity: ServiceLimits.cacheEntries)
        var lastUses = BoundedCache<ClientID, Duration>(capacity: ServiceLimits.cacheEntries)
        /// Counts revocations: a token that was verified before one is not cached after it.
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
            guard let token = state.tokens[hash], token.tenant == tenant, elapsed < token.validUntil,
                now < token.expiresAt
            else { return nil }
            return token.caller
        }
    }

    func store(
        _ caller: Caller, _ hash: [UInt8], tenant: TenantID, expiresAt: Timestamp, epoch: UInt64
    ) {
        let validUntil = time.elapsed() + ServiceLimits.verificationCacheLifetime
        state.withLock { state in
            guard state.epoch == epoch else { return }
            let token = Token(caller: caller, tenant: tenant, expiresAt: expiresAt, validUntil: validUntil)
            state.tokens.insert(token, for: hash)
        }
    }

    /// Removes all tokens, because something was revoked.
    func forgetTokens() {
        state.withLock { state in
            state.tokens.removeAll()
            state.epoch += 1
        }
    }

    func tenant(_ name: String) -> Tenant? {
        let elapsed = time.elapsed()
        return state.withLock { state in
            guard let known = state.tenants[name], elapsed < known.validUntil else { return nil }
            return known.tenant
        }
    }

    func store(_ tenant: Tenant) {
        let validUntil = time.elapsed() + ServiceLimits.verificationCacheLifetime
        state.withLock { state in
            _ = state.tenants.insert((tenant, validUntil), for: tenant.name)
        }
    }

    func forgetTenants() {
        state.withLock { $0.tenants.removeAll() }
    }

    /// Whether `last_used_at` of a credential is due to be written.
    func shouldRecordLastUse(_ client: ClientID) -> Bool {
        let elapsed = time.elapsed()
        return state.withLock { state in
            if let last = state.lastUses[client], elapsed - last < ServiceLimits.lastUseInterval { return false }
            state.lastUses.insert(elapsed, for: client)
            return true
        }
    }
}
