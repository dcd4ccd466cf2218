package import PharmacyDomain
internal import Synchronization

/// Limits how many pieces of work of one kind are in progress, in all and for each tenant (`FairShares`).
package final class TenantSlots: Sendable {
    private let shares: Mutex<FairShares<TenantID>>

    /// - Parameters:
    ///   - total: 1 or more.
    ///   - divisor: a tenant may have the free slots divided by this.
    package init(total: Int, divisor: Int) {
        shares = Mutex(FairShares(total: total, divisor: divisor))
    }

    /// Takes a slot for as long as the result exists.
    /// - Returns: `nil` if the tenant gets none.
    package func begin(_ tenant: TenantID) -> Slot? {
        let isBegun = shares.withLock { shares in
            guard shares.room(for: tenant) > 0 else { return false }
            shares.begin(tenant)
            return true
        }
        return isBegun ? Slot { [weak self] in self?.shares.withLock { $0.end(tenant) } } : nil
    }

    package final class Slot: Sendable {
        private let end: @Sendable () -> Void

        fileprivate init(end: @escaping @Sendable () -> Void) { self.end = end }

        deinit { end() }
    }
}
