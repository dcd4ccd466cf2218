internal import PharmacyDomain
internal import Synchronization

/// Limits how many test events are in flight, in all and of each tenant: a slow receiver holds a connection until the timeout.
final class WebhookTestSlots: Sendable {
    private let shares = Mutex(
        FairShares<TenantID>(total: ServiceLimits.webhookTestsInFlight, divisor: ServiceLimits.webhookTestShare))

    /// Takes a slot, until `end`.
    /// - Returns: whether the tenant got one.
    func begin(_ tenant: TenantID) -> Bool {
        shares.withLock { shares in
            guard shares.room(for: tenant) > 0 else { return false }
            shares.begin(tenant)
            return true
        }
    }

    func end(_ tenant: TenantID) { shares.withLock { $0.end(tenant) } }
}
