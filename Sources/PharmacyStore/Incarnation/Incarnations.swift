internal import PharmacyDomain
internal import Synchronization

/// Begins the database's epochs.
final class Incarnations: Sendable {
    private let keys: AuditChainKeys
    private let now: @Sendable () -> Timestamp
    /// How far the database was seen to have come.
    private let mark: Mutex<IncarnationMark?>

    init(keys: AuditChainKeys, mark: IncarnationMark?, now: @escaping @Sendable () -> Timestamp) {
        self.keys = keys
        self.mark = Mutex(mark)
        self.now = now
    }

    /// Begins a new epoch where the database is another than it was, or the first where there is none.
    func confirm(_ origin: String, in db: any SQLConnection) throws {
        let ledger = IncarnationLedger(db: db)
        guard try verdict(on: ledger.current(), origin, in: db) != .same else { return }
        // Another connection, or another node, may have been faster.
        let stored = try ledger.current(lock: true)
        switch try verdict(on: stored, origin, in: db) {
        case .same: return
        case .first:
            try ledger.insert(Incarnation(epoch: .random(), origin: origin, since: now(), isFirst: true))
        case .moved, .wentBack: try begin(after: stored, origin, in: db)
        }
    }

    private func verdict(
        on stored: Incarnation?, _ origin: String, in db: any SQLConnection
    ) throws -> IncarnationVerdict {
        IncarnationVerdict(
            stored: stored, origin: origin, sequence: try sequence(in: db), mark: mark.withLock(\.self))
    }

    private func begin(after stored: Incarnation?, _ origin: String, in db: any SQLConnection) throws {
        let (ledger, moment) = (IncarnationLedger(db: db), now())
        let next: Incarnation
        if let stored {
            next = stored.successor(.random(), origin: origin, at: moment)
            try ledger.replace(with: next)
        } else {
            next = Incarnation(epoch: .random(), origin: origin, since: moment, isFirst: false)
            try ledger.insert(next)
        }
        db.audit([
            AuditEvent(
                at: moment, tenant: nil, actor: .system, action: .epochBegun,
                subjects: [next.epoch.description] + [stored?.epoch.description].compactMap(\.self), requestID: nil)
        ])
        // What is in the memory of any node may be ahead of the database.
        for bell in [StoreBell.incarnation, .tenants, .revocations] { db.ring(bell) }
    }

    private func sequence(in db: any SQLConnection) throws -> Int64 {
        try AuditLedger(db: db, keys: keys).head().sequence
    }

    /// Remembers how far the database has come, for when a connection is made again.
    func look(in db: any SQLConnection) throws -> IncarnationMark {
        let stored = try Incarnation.current(in: db)
        return IncarnationMark(
            epoch: stored.epoch, since: stored.since, sequence: try sequence(in: db), origin: stored.origin ?? "")
    }

    func remember(_ seen: IncarnationMark) { mark.withLock { $0 = seen } }
}
