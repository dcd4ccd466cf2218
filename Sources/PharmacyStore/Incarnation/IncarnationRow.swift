internal import PharmacyDomain

/// The row with the database's epoch, within a transaction.
struct IncarnationRow {
    let db: any SQLConnection

    /// - Parameter lock: whether to prevent other transactions from beginning an epoch until this one ends.
    /// - Returns: `nil` before the first epoch.
    func current(lock: Bool = false) throws -> Incarnation? {
        let select: SQL = "SELECT epoch, origin, since, is_first FROM incarnation"
        return try db.row(lock ? select + "FOR UPDATE" : select, []) { row in
            guard let epoch = Epoch(try row.text(0)) else { throw StoreError.broken("the epoch cannot be read") }
            return Incarnation(
                epoch: epoch, origin: try row.optionalText(1), since: try row.timestamp(2),
                isFirst: try row.integer(3) == 1)
        }
    }

    func insert(_ incarnation: Incarnation) throws {
        try db.send(
            "INSERT INTO incarnation (id, epoch, origin, since, is_first) VALUES (1, $1, $2, $3, $4)",
            values(incarnation))
    }

    func replace(with incarnation: Incarnation) throws {
        try db.send(
            "UPDATE incarnation SET epoch = $1, origin = $2, since = $3, is_first = $4 WHERE id = 1",
            values(incarnation))
    }

    private func values(_ incarnation: Incarnation) -> [SQLValue] {
        [
            .text(incarnation.epoch.description), SQLValue(incarnation.origin),
            .integer(incarnation.since.milliseconds), .integer(incarnation.isFirst ? 1 : 0),
        ]
    }
}

extension Epoch {
    static func random() -> Epoch {
        var generator = SystemRandomNumberGenerator()
        return Epoch(generator.next())
    }
}

extension Incarnation {
    static func current(in db: any SQLConnection) throws -> Incarnation {
        guard let current = try IncarnationRow(db: db).current() else {
            throw StoreError.broken("the database has no epoch")
        }
        return current
    }
}
