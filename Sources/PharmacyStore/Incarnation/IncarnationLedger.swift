internal import PharmacyDomain

/// The row that says in which epoch the database is, for the extent of a transaction.
struct IncarnationLedger {
    let db: any SQLConnection

    /// - Parameter lock: no other transaction begins an epoch until this one is over.
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
