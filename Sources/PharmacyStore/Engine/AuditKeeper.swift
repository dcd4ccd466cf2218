internal import PharmacyDomain
internal import Synchronization

/// Writes the audit lines of a transaction; told how when the chain's key is known.
final class AuditKeeper: Sendable {
    private let keeping = Mutex<AuditKeeping?>(nil)

    func begin(_ keep: @escaping AuditKeeping) { keeping.withLock { $0 = keep } }

    func keep(_ events: [AuditEvent], in db: any SQLConnection) throws {
        guard let keep = keeping.withLock(\.self) else { throw StoreError.broken("the audit log was not opened") }
        try keep(events, db)
    }
}
