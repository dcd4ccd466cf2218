internal import PharmacyDomain
internal import Synchronization

/// The indexes of the tenants that search. The least recently used one is removed when there are too many.
final class PatientIndexes: Sendable {
    private final class Entry: Sendable {
        let index: Mutex<PatientIndex>

        init(keyNumber: Int64) {
            index = Mutex(PatientIndex(keyNumber: keyNumber))
        }
    }

    /// The basis of an index. With another data key, after a wipe, or in another epoch of the database the index is obsolete.
    private struct Basis: Hashable {
        let keyNumber: Int64
        let epoch: Epoch
    }

    private struct Key: Hashable {
        let tenant: TenantID
        let content: PatientIndex.Content
    }

    private typealias Entries = BoundedCache<Key, (entry: Entry, basis: Basis)>

    private let entries = Mutex(Entries(capacity: StoreLimits.patientIndexes))
    private let advances = Atomic<UInt64>(0)

    /// The number of updates that any index has applied: a logical clock.
    var time: UInt64 { advances.load(ordering: .acquiring) }

    /// Advances the clock after an index has applied changes.
    func advance() -> UInt64 { advances.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue }

    /// Calls `body` with exclusive access to the tenant's index, to update and search it.
    /// - Parameter isWaiting: whether to wait while another thread uses the index.
    /// - Returns: `nil` where another thread uses it.
    func use<Value>(
        _ tenant: TenantID, _ content: PatientIndex.Content, keyNumber: Int64, epoch: Epoch, isWaiting: Bool,
        _ body: (inout PatientIndex) throws -> sending Value
    ) rethrows -> sending Value? {
        let basis = Basis(keyNumber: keyNumber, epoch: epoch)
        let name = Key(tenant: tenant, content: content)
        let entry = entries.withLock { entries in
            if let found = entries.use(name), found.basis == basis { return found.entry }
            let entry = Entry(keyNumber: keyNumber)
            _ = entries.insert((entry, basis), for: name)
            return entry
        }
        return isWaiting
            ? try entry.index.withLock { try body(&$0) } : try entry.index.withLockIfAvailable { try body(&$0) }
    }

    func forget(_ tenant: TenantID) {
        entries.withLock { $0.removeAll { name, _ in name.tenant == tenant } }
    }

    var tenants: Set<TenantID> { entries.withLock { Set($0.keys.map(\.tenant)) } }

    /// Removes the indexes of texts that were sealed with other keys than these.
    func forgetAll(exceptUnder keys: Set<Int64>) {
        entries.withLock { $0.removeAll { _, entry in !keys.contains(entry.basis.keyNumber) } }
    }
}
