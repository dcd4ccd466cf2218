package import PharmacyDomain

extension SystemScope {
    /// The incarnation that the database is in.
    package func incarnation() throws -> Incarnation { try Incarnation.current(in: db) }

    /// How far the database has come in this incarnation.
    func incarnationMark() throws -> IncarnationMark { try memory.incarnations.look(in: db) }
}
