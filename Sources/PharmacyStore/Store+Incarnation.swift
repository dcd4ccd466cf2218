package import PharmacyDomain

extension Store {
    /// The incarnation that the database is in.
    package func incarnation() async throws -> Incarnation {
        try await systemRead { try $0.incarnation() }
    }

    /// How far the database has come, or had come when it was further.
    ///
    /// The next process that opens the database compares the mark with what it finds, and so notices that changes were undone.
    /// This process uses the mark in the same way when a connection is lost and made again.
    package func lookAtIncarnation() async throws -> IncarnationMark {
        let seen = try await systemRead { try $0.incarnationMark() }
        return memory.incarnations.remember(seen)
    }

    /// Removes the indexes of patients' addresses from memory. Each is built again when it is needed.
    package func forgetIndexes() { memory.patientIndexes.forgetAll(exceptUnder: []) }
}
