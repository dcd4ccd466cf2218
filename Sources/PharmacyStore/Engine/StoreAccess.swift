/// What a transaction, or a connection, is for.
package enum StoreAccess: String, CaseIterable, Sendable {
    case read
    case write
    /// Hearing what other nodes have changed: while it fails, services look by themselves.
    case listen
}
