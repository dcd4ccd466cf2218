internal import Synchronization

/// Whether the database's own files may still contain erased records: in SQLite the previous pages remain in the write-ahead
/// file until a checkpoint empties it.
final class PendingErasures: Sendable {
    private let pending = Atomic(false)

    var isPending: Bool { pending.load(ordering: .acquiring) }

    func note() { pending.store(true, ordering: .releasing) }

    /// Marks the erasures so far as done. Later ones are pending again.
    func begin() { pending.store(false, ordering: .releasing) }
}
