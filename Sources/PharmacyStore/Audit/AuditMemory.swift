internal import Synchronization

/// What this process has added to the audit log: entries that must be there for as long as retention leaves them.
final class AuditMemory: Sendable {
    private struct State {
        var newest: AuditPosition?
        /// Entries that an earlier end of the log came after: of two commits that were heard of in the other order, or of a
        /// log that was cut. Which of the two it is, the log itself tells.
        var doubtful: Set<AuditPosition> = []
    }

    private let state = Mutex(State())

    /// Hears of the last entry of a commit.
    func appended(_ position: AuditPosition) {
        state.withLock { state in
            guard let newest = state.newest, position.sequence <= newest.sequence else {
                state.newest = position
                return
            }
            if state.doubtful.count < StoreLimits.doubtfulAuditEntries { state.doubtful.insert(newest) }
        }
    }

    /// What was added since the last time, as far as it says something about the rest; forgets it.
    func take() -> [AuditPosition] {
        state.withLock { state in
            defer { state = State() }
            return state.doubtful + [state.newest].compactMap(\.self)
        }
    }
}

extension Store {
    /// Entries that this process has added since the last time and that must be in the audit log.
    package func takeAppendedAudit() -> [AuditPosition] { auditMemory.take() }
}
