/// Hears how the store fares: of each failure of its own, and of successes while one of them lasts.
package protocol StoreObserver: Sendable {
    /// The store failed; no record and no caller is to blame.
    func failed(_ fault: StoreFault, _ access: StoreAccess)

    /// A transaction has succeeded.
    /// - Returns: whether further successes are to be told.
    func succeeded(_ access: StoreAccess) -> Bool
}
