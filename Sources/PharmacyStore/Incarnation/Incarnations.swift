internal import PharmacyDomain
internal import Synchronization

/// Begins the database's epochs.
final class Incarnations: Sendable {
    private let keys: AuditChainKeys
    private let proofs: GrantProofKeys
    private let now: @Sendable () -> Timestamp
    /// How far the database was seen to have come.
    private let mark: Mutex<IncarnationMark?>

    init(
        keys: AuditChainKeys, proofs: GrantProofKeys, mark: IncarnationMark?,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.keys = keys
        self.proofs = proofs
        self.mark = Mutex(mark)
        self.now = now
    }

    /// Begins a new epoch where the database is another than it was, or the first where there is none. The keys that sign
    /// what is written are those of the database from now on, whatever memory has of the one before.
    func confirm(_ origin: String, in db: any SQLConnection) throws {
        try keys.reload(in: db)
        try proofs.reload(in: db)
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
        let ledger = IncarnationLedger(db: db)
        // Later than the epoch that was taken back, too, which the database knows nothing of.
        let moment = mark.withLock { mark in mark.map { max(now(), $0.since + .milliseconds(1)) } ?? now() }
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
        for channel in [StoreChannel.incarnation, .tenants, .revocations] { db.notify(channel) }
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

    /// A mark that is further stays: the database has gone back, and the next to write is to notice.
    /// - Returns: the mark that is remembered.
    func remember(_ seen: IncarnationMark) -> IncarnationMark {
        mark.withLock { mark in
            if let mark, mark.isAhead(of: seen) { return mark }
            mark = seen
            return seen
        }
    }
}
