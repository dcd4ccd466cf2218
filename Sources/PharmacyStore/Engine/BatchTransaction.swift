/// Runs a batch of writes in one transaction: each in a savepoint of its own, so that the failure of one undoes nothing of
/// the others.
struct BatchTransaction {
    let connection: any TransactionalConnection
    let auditAppender: AuditAppender
    let originChecker: OriginChecker

    /// Runs and commits the batch. Writes whose scope another transaction holds are not run.
    func run(_ batch: [WaitingWrite]) -> BatchOutcome {
        var outcome = BatchOutcome(batch)
        do {
            outcome.heldScopes = try connection.beginWriting(outcome.scopes)
            let hasCheckedOrigin = try originChecker.check(connection)
            // The time spent waiting for locks must not be reported as one write's failure.
            if batch.count > 1 { try connection.flush() }
            for (index, write) in batch.enumerated() where !outcome.heldScopes.contains(write.scope) {
                let result = run(write.body, isAlone: batch.count == 1)
                outcome.results[index] = result
                try checkIsOpen(after: result)
            }
            let events = connection.effects.auditEvents
            if !events.isEmpty {
                try connection.lockAuditLog()
                try auditAppender.append(events, in: connection)
            }
            try connection.commit()
            if hasCheckedOrigin { connection.hasCheckedOrigin = true }
        } catch {
            if !connection.isIdle { try? connection.rollBack() }
            outcome.failure = error as? StoreError ?? .unavailable("the transaction failed")
        }
        return outcome
    }

    /// A full disk or a lost connection rolls back the whole transaction: what follows must not run outside of it.
    private func checkIsOpen(after result: Result<Void, any Error>) throws {
        guard connection.isIdle || connection.isRetryable || connection.isLockedOut else { return }
        // The cause of one write's failure is also that of the others'.
        if case .failure(let error as StoreError) = result, error.fault != nil { throw error }
        throw StoreError.unavailable("the transaction was rolled back")
    }

    /// Runs a write so that its failure has no effect. A write that is alone needs no savepoint: its failure rolls back the
    /// transaction.
    private func run(_ body: TransactionBody, isAlone: Bool) -> Result<Void, any Error> {
        if isAlone {
            let result = Result { try body(connection) }
            if case .failure = result, !connection.isIdle { try? connection.rollBack() }
            return result
        }
        let effectsBefore = connection.effects
        do {
            try connection.savepoint()
            try body(connection)
            try connection.release()
            return .success(())
        } catch {
            connection.effects = effectsBefore
            return .failure(rollBackToSavepoint() ?? error)
        }
    }

    /// Undoes a failed write.
    /// - Returns: the error where that fails, too: then the whole transaction is rolled back.
    private func rollBackToSavepoint() -> (any Error)? {
        guard !connection.isIdle else { return nil }
        do {
            try connection.rollBackToSavepoint()
            return nil
        } catch {
            try? connection.rollBack()
            return error
        }
    }
}
