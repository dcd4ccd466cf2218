internal import Synchronization

/// Decides within a transaction whether the database is still the one that this process has known, given where it is, and
/// begins a new epoch where it is not.
package typealias IncarnationConfirming = @Sendable (_ origin: String, any SQLConnection) throws -> Void

/// Has each new connection that writes confirm the database's epoch in its first transaction: nothing is written to a
/// database that another server, or another file, has taken the place of, without its new epoch being in the same commit.
final class IncarnationKeeper: Sendable {
    private let confirming = Mutex<IncarnationConfirming?>(nil)

    func begin(_ confirm: @escaping IncarnationConfirming) { confirming.withLock { $0 = confirm } }

    /// - Returns: whether the commit of the transaction that is open confirms the connection.
    func confirm(_ connection: some TransactionalConnection) throws -> Bool {
        guard !connection.isConfirmed, let confirm = confirming.withLock(\.self) else { return false }
        try confirm(try connection.origin(), connection)
        return true
    }
}
