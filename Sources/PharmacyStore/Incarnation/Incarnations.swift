internal import PharmacyDomain
internal import Synchronization

/// Checks the database's origin and begins its epochs.
final class Incarnations: Sendable {
    private let keys: AuditChainKeys
    private let proofs: GrantProofKeys
    private let now: @Sendable () -> Timestamp
    /// The farthest state of the database that was seen.
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

    /// Begins a new epoch if the database was restored, copied or promoted, or the first epoch if it has none. It also reloads the
    /// keys, because those in memory may belong to the previous database.
    func confirm(_ origin: String, in db: any SQLConnection) throws {
        try keys.reload(in: db)
        try proofs.reload(in: db)
        let row = IncarnationRow(db: db)
        guard try verdict(on: row.current(), origin, in: db) != .same else { return }
        // Another connection, or another node, may have begun the epoch meanwhile.
        let stored = try row.current(lock: true)
        switch try verdict(on: stored, origin, in: db) {
        case .same: return
        case .first:
            try row.insert(Incarnation(epoch: .random(), origin: origin, since: now(), isFirst: true))
        case .moved, .setBack: try begin(after: stored, origin, in: db)
        }
    }

    private func verdict(
        on stored: Incarnation?, _ origin: String, in db: any SQLConnection
    ) throws -> IncarnationVerdict {
        IncarnationVerdict(
            stored: stored, origin: origin, sequence: try sequence(in: db), mark: mark.withLock(\.self))
    }

    private func begin(after stored: Incarnation?, _ origin: String, in db: any SQLConnection) throws {
        let row = IncarnationRow(db: db)
        // Also later than an epoch that was undone, and that the database does not know.
        let moment = mark.withLock { mark in mark.map { max(now(), $0.since + .milliseconds(1)) } ?? now() }
        let next: Incarnation
        if let stored {
            next = stored.successor(.random(), origin: origin, at: moment)
            try row.replace(with: next)
        } else {
            next = Incarnation(epoch: .random(), origin: origin, since: moment, isFirst: false)
            try row.insert(next)
        }
        db.audit([
            AuditEvent(
                at: moment, tenant: nil, actor: .system, action: .epochBegun,
                subjects: [next.epoch.description] + [stored?.epoch.description].compactMap(\.self), requestID: nil)
        ])
        // The caches of every node may be ahead of the database.
        for channel in [StoreChannel.incarnation, .tenants, .revocations] { db.notify(channel) }
    }

    private func sequence(in db: any SQLConnection) throws -> Int64 {
        try StoredAuditChain(db: db, keys: keys).head().sequence
    }

    /// The present state of the database.
    func look(in db: any SQLConnection) throws -> IncarnationMark {
        let stored = try Incarnation.current(in: db)
        return IncarnationMark(
            epoch: stored.epoch, since: stored.since, sequence: try sequence(in: db), origin: stored.origin ?? "")
    }

    /// Remembers a mark for connections that are made later. It does not replace a mark that is farther: the database was set back,
    /// and the next write begins a new epoch.
    /// - Returns: the remembered mark.
    func remember(_ seen: IncarnationMark) -> IncarnationMark {
        mark.withLock { mark in
            if let mark, mark.isAhead(of: seen) { return mark }
            mark = seen
            return seen
        }
    }
}
