package import PharmacyDomain
internal import Synchronization

/// Limits how many lists are exported at the same time, in all and for each tenant: an export reads for as long as its list is.
package final class ExportSlots: Sendable {
    private let shares = Mutex(FairShares<TenantID>(total: ServiceLimits.exports, divisor: ServiceLimits.exportShare))

    package init() {}

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
