internal import PharmacyDomain
internal import Synchronization

/// Shares out how many test events may be in flight at once: each holds a connection for as long as its receiver likes.
final class WebhookTestSlots: Sendable {
    private let shares = Mutex(
        FairShares<TenantID>(total: ServiceLimits.webhookTestsInFlight, divisor: ServiceLimits.webhookTestShare))

    /// Takes a slot, to be given back with `end`.
    /// - Returns: whether the tenant may have one.
    func begin(_ tenant: TenantID) -> Bool {
        shares.withLock { shares in
            guard shares.room(for: tenant) > 0 else { return false }
            shares.begin(tenant)
            return true
        }
    }

    func end(_ tenant: TenantID) { shares.withLock { $0.end(tenant) } }
}
