internal import Synchronization

/// Whether something was erased that the database's own files may still hold: in SQLite the pages from before stand in the
/// write-ahead file until a checkpoint has emptied it.
final class PendingErasures: Sendable {
    private let pending = Atomic(false)

    var isPending: Bool { pending.load(ordering: .acquiring) }

    func note() { pending.store(true, ordering: .releasing) }

    /// What is erased from now on is pending again.
    func begin() { pending.store(false, ordering: .releasing) }
}

extension TenantScope {
    /// The transaction erases something. A commit of unknown outcome counts, too.
    func noteErasure() {
        db.afterTransaction { [erasures = store.erasures] in erasures.note() }
    }
}

extension SystemScope {
    /// The transaction erases something. A commit of unknown outcome counts, too.
    func noteErasure() {
        db.afterTransaction { [erasures = store.erasures] in erasures.note() }
    }
}
