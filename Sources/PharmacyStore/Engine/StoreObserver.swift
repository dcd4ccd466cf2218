/// Is notified of each failure of the store itself, and of successes while a failure lasts.
package protocol StoreObserver: Sendable {
    /// The store failed; the failure was not caused by a record or a caller.
    func failed(_ fault: StoreFault, _ access: StoreAccess)

    /// A transaction has succeeded.
    /// - Returns: whether to notify of further successes.
    func succeeded(_ access: StoreAccess) -> Bool
}
