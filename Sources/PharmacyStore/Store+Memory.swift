package import PharmacyDomain

extension Store {
    /// Removes from memory the keys of tenants that another node has wiped or removed.
    package func forgetRemovedKeys() async throws {
        let stored = try await systemRead { try $0.memory.keyring.forgetRemoved(in: $0.db) }
        memory.patientIndexes.forgetAll(exceptUnder: stored)
    }

    /// Records how many seals this process's keys have made since the last call.
    package func recordSeals() async throws {
        let counts = memory.keyring.drainSealCounts()
        guard !counts.isEmpty else { return }
        do {
            try await systemWrite(.counters) { try $0.addSeals(counts) }
        } catch {
            memory.keyring.restoreSealCounts(counts)
            throw error
        }
    }

    // MARK: Erasure

    /// Whether a transaction of this process has erased something that the database's own files may still contain.
    package var hasPendingErasure: Bool { memory.erasures.isPending }

    /// Removes what was erased from the database's own files: from the write-ahead file of SQLite, and from the table of
    /// keys in PostgreSQL.
    /// - Returns: whether it is done. It is not while a long read needs the files; then it must be tried again.
    @discardableResult
    package func finishErasure() async throws -> Bool {
        memory.erasures.begin()
        do {
            let isDone = try await scrubDeletedKeys()
            if !isDone { memory.erasures.note() }
            return isDone
        } catch {
            memory.erasures.note()
            throw error
        }
    }

    // MARK: Audit and authorization data

    /// The entries of the audit log that this process has added since the last call. The log must contain them.
    package func takeAppendedAuditEntries() -> [AuditMark] { memory.appendedAuditEntries.take() }

    /// Rows of authorization data that were found altered.
    package var unproven: UnprovenGrants { memory.unproven }
}
