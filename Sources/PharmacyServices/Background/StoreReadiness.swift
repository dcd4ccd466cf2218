internal import PharmacyDomain
internal import PharmacyStore
internal import Synchronization

/// Whether requests can be served now: the database is read, and takes a small write.
///
/// However many balancers ask, the database is asked once in `ServiceLimits.readinessKept` at the most; who asks meanwhile
/// gets the last finding.
package final class StoreReadiness: Sendable {
    private struct State {
        var finding: (reason: String?, at: Duration)?
        var isLooking = false
    }

    private let environment: ServiceEnvironment
    private let state = Mutex(State())

    package init(environment: ServiceEnvironment) {
        self.environment = environment
    }

    /// Why requests cannot be served, in words that anybody may read; `nil` where they can.
    package func reason() async -> String? {
        let now = environment.time.elapsed()
        let known: State? = state.withLock { state in
            // Before the first finding each looks for itself.
            if let finding = state.finding, state.isLooking || now - finding.at < ServiceLimits.readinessKept {
                return state
            }
            state.isLooking = true
            return nil
        }
        if let known { return known.finding?.reason }
        let reason = await look()
        let end = environment.time.elapsed()
        state.withLock { $0 = State(finding: (reason, end)) }
        return reason
    }

    private func look() async -> String? {
        let (store, now) = (environment.store, environment.now)
        do {
            try await TransactionTimeLimit.$current.withValue(ServiceLimits.readinessTime) {
                guard try await store.systemRead({ try $0.hasTenants() }) else {
                    throw StoreError.broken("the database has no tenant")
                }
                // Of no weight and without a lock: a long write of all tenants' makes no server unready.
                try await store.systemWrite(.counters) { try $0.probeWrite(at: now) }
            }
        } catch {
            return ((error as? StoreError)?.fault?.kind ?? .other).summary
        }
        // What a probe can still write may be less than an order needs.
        return environment.outages.lastingFault(ofWritesWithin: ServiceLimits.readinessMemory)?.summary
    }
}
