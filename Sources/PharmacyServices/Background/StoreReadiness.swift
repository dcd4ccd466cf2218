internal import PharmacyDomain
internal import PharmacyStore
internal import Synchronization

/// Checks whether requests can be served: a read and a small write must succeed.
///
/// The database is accessed at most once in `ServiceLimits.readinessCacheLifetime`, however many load balancers call. Other
/// callers receive the last result.
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

    /// Why requests cannot be served, in words that may be public; `nil` where they can.
    package func reason() async -> String? {
        let now = environment.time.elapsed()
        let known: State? = state.withLock { state in
            // Before the first result each caller checks for itself.
            if let finding = state.finding, state.isLooking || now - finding.at < ServiceLimits.readinessCacheLifetime {
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
            try await TransactionTimeLimit.$current.withValue(ServiceLimits.readinessTimeout) {
                guard try await store.systemRead({ try $0.hasTenants() }) else {
                    throw StoreError.broken("the database has no tenant")
                }
                // A write without a lock, so that a long transaction that runs alone does not make servers unready.
                try await store.systemWrite(.counters) { try $0.probeWrite(at: now) }
            }
        } catch {
            return ((error as? StoreError)?.fault?.kind ?? .other).summary
        }
        // A probe may succeed where an order would not, because the order needs more space.
        return environment.outages.lastingFault(ofWritesWithin: ServiceLimits.failedWriteRetention)?.summary
    }
}
