package import PharmacyDomain

extension Store {
    /// The incarnation that the database is in.
    package func incarnation() async throws -> Incarnation {
        try await systemRead { try $0.incarnation() }
    }

    /// How far the database has come, or had when it was further: for the next to open it, who sees by it whether something
    /// was taken back. What this process remembers of it serves for the same when a connection is lost and made again.
    package func lookAtIncarnation() async throws -> IncarnationMark {
        let seen = try await systemRead { scope in try scope.store.incarnations.look(in: scope.db) }
        return incarnations.remember(seen)
    }

    /// Forgets the indexes of patients' addresses: each is built again when it is needed.
    package func forgetIndexes() { emailIndexes.forgetAll(exceptUnder: []) }
}

extension SystemScope {
    package func incarnation() throws -> Incarnation { try Incarnation.current(in: db) }
}

extension Incarnation {
    static func current(in db: any SQLConnection) throws -> Incarnation {
        guard let current = try IncarnationLedger(db: db).current() else {
            throw StoreError.broken("the database has no epoch")
        }
        return current
    }
}
