internal import Synchronization

/// Decides within a transaction whether the database is still the one that this process has known, and begins a new epoch
/// where it is not.
/// - Parameter origin: where the database is (`TransactionalConnection.origin`).
package typealias OriginCheck = @Sendable (_ origin: String, any SQLConnection) throws -> Void

/// Runs the check of the database's origin in the first transaction of each new writing connection. Nothing is written to a
/// database that has replaced another, without its new epoch being part of the same commit.
final class OriginChecker: Sendable {
    private let check = Mutex<OriginCheck?>(nil)

    func begin(_ check: @escaping OriginCheck) { self.check.withLock { $0 = check } }

    /// - Returns: whether a successful commit of the open transaction makes the connection a checked one.
    func check(_ connection: some TransactionalConnection) throws -> Bool {
        guard !connection.hasCheckedOrigin, let check = check.withLock(\.self) else { return false }
        try check(try connection.origin(), connection)
        return true
    }
}
