internal import PharmacyDomain
internal import Synchronization

/// The indexes of the tenants that search; the one unused longest goes when there are too many.
final class EmailIndexes: Sendable {
    private final class Entry: Sendable {
        let index: Mutex<EmailIndex>

        init(keyNumber: Int64) {
            index = Mutex(EmailIndex(keyNumber: keyNumber))
        }
    }

    /// What an index is of: with another data key, after a wipe, or in another epoch of the database it is void.
    private struct Basis: Hashable {
        let keyNumber: Int64
        let epoch: Epoch
    }

    private struct State {
        var entries: [TenantID: (entry: Entry, basis: Basis, used: UInt64)] = [:]
        var uses: UInt64 = 0
    }

    private let state = Mutex(State())
    private let advances = Atomic<UInt64>(0)

    /// Counts the changes that were taken in, by whichever index.
    var time: UInt64 { advances.load(ordering: .acquiring) }

    /// - Returns: the time after an index has taken in changes.
    func advance() -> UInt64 { advances.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue }

    /// Lets `body` bring the tenant's index up to date and use it, alone.
    func use<Value>(
        _ tenant: TenantID, keyNumber: Int64, epoch: Epoch, _ body: (inout EmailIndex) throws -> sending Value
    ) rethrows -> sending Value {
        let basis = Basis(keyNumber: keyNumber, epoch: epoch)
        let entry = state.withLock { state in
            state.uses += 1
            if let found = state.entries[tenant], found.basis == basis {
                state.entries[tenant]?.used = state.uses
                return found.entry
            }
            let entry = Entry(keyNumber: keyNumber)
            state.entries[tenant] = (entry, basis, state.uses)
            if state.entries.count > StoreLimits.emailIndexes,
                let oldest = state.entries.min(by: { $0.value.used < $1.value.used })
            {
                state.entries[oldest.key] = nil
            }
            return entry
        }
        return try entry.index.withLock { try body(&$0) }
    }

    func forget(_ tenant: TenantID) {
        state.withLock { $0.entries[tenant] = nil }
    }

    var tenants: Set<TenantID> { state.withLock { Set($0.entries.keys) } }

    /// Forgets the indexes of addresses that were sealed with other keys than these.
    func forgetAll(exceptUnder keys: Set<Int64>) {
        state.withLock { state in state.entries = state.entries.filter { keys.contains($0.value.basis.keyNumber) } }
    }
}
