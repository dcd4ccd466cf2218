internal import PharmacyDomain
internal import Synchronization

/// The entries that this process has appended to the audit log. They must be there until retention removes them.
final class AppendedAuditEntries: Sendable {
    private struct State {
        var newest: AuditMark?
        /// Entries after which an earlier end of the log was reported: either two commits were reported in the opposite
        /// order, or the log was cut. The log itself shows which.
        var doubtful: Set<AuditMark> = []
    }

    private let state = Mutex(State())

    /// Notes the last entry of a commit.
    func appended(_ mark: AuditMark) {
        state.withLock { state in
            guard let newest = state.newest, mark.sequence <= newest.sequence else {
                state.newest = mark
                return
            }
            if state.doubtful.count < StoreLimits.doubtfulAuditEntries { state.doubtful.insert(newest) }
        }
    }

    /// Returns the entries to look for since the last call, and forgets them. The chain vouches for those before the
    /// newest.
    func take() -> [AuditMark] {
        state.withLock { state in
            defer { state = State() }
            return state.doubtful + [state.newest].compactMap(\.self)
        }
    }
}
