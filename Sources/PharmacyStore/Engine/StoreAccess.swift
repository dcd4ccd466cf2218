/// What a transaction, or a connection, is for.
package enum StoreAccess: String, CaseIterable, Sendable {
    case read
    case write
    /// Receiving notifications of other nodes' changes. While it fails, services poll the store.
    case listen
}
