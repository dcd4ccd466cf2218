/// Runs a batch of writes in one transaction. The failure of one undoes nothing of the others: each has a savepoint of its own.
///
/// Writes rarely fail, and a savepoint costs each of them two statements: on a database server a round trip, and in SQLite a copy
/// of every page that it changes. So a batch first runs without savepoints. If one of its writes fails, the batch is rolled back and
/// repeated with savepoints, and the next batches have them, too: a sender of writes that fail costs the others no more than that.
///
/// Used by one thread at a time.
final class BatchTransaction {
    let connection: any TransactionalConnection
    private let auditAppender: AuditAppender
    private let originChecker: OriginChecker
    /// How many of the next batches have savepoints because a write has failed.
    private var isolatedBatches = 0

    init(connection: any TransactionalConnection, auditAppender: AuditAppender, originChecker: OriginChecker) {
        self.connection = connection
        self.auditAppender = auditAppender
        self.originChecker = originChecker
    }

    /// Runs and commits the batch. Writes whose scope another transaction holds are not run.
    func run(_ batch: [WaitingWrite]) -> BatchOutcome {
        guard batch.count > 1 else { return run(batch, inSavepoints: false) }
        if isolatedBatches == 0 {
            let outcome = run(batch, inSavepoints: false)
            guard needsIsolation(after: outcome) else { return outcome }
            isolatedBatches = StoreLimits.isolatedBatches
            forgetEffects()
        }
        isolatedBatches = max(0, isolatedBatches - 1)
        return run(batch, inSavepoints: true)
    }

    /// Whether a transaction without savepoints may have failed because of one of its writes. The failure of a statement that was
    /// sent ahead shows only later, up to the commit.
    private func needsIsolation(after outcome: BatchOutcome) -> Bool {
        guard let failure = outcome.failure, failure != .outcomeUnknown else { return false }
        // The caller repeats a transaction that was ended in favor of another one.
        return !connection.isRetryable && !connection.isLockedOut
    }

    /// Removes the effects of a transaction that is repeated, but not what ends with it in any case.
    private func forgetEffects() {
        let whenEnded = connection.effects.whenEnded
        connection.effects = AfterCommitEffects()
        connection.effects.whenEnded = whenEnded
    }

    /// - Parameter inSavepoints: `false`: the failure of a write ends the transaction.
    private func run(_ batch: [WaitingWrite], inSavepoints: Bool) -> BatchOutcome {
        var outcome = BatchOutcome(batch)
        do {
            outcome.heldScopes = try connection.beginWriting(outcome.scopes)
            let hasCheckedOrigin = try originChecker.check(connection)
            // The time spent waiting for locks must not be reported as one write's failure.
            if batch.count > 1 { try connection.flush() }
            for (index, write) in batch.enumerated() where !outcome.heldScopes.contains(write.scope) {
                let result = inSavepoints ? runInSavepoint(write.body) : runUnprotected(write.body)
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

    /// Runs a write whose failure rolls back the transaction.
    private func runUnprotected(_ body: TransactionBody) -> Result<Void, any Error> {
        let result = Result { try body(connection) }
        if case .failure = result, !connection.isIdle { try? connection.rollBack() }
        return result
    }

    /// Runs a write so that its failure has no effect.
    private func runInSavepoint(_ body: TransactionBody) -> Result<Void, any Error> {
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
