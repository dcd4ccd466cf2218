/// What tells how a database fares.
package struct StoreVitals: Hashable, Sendable {
    /// Bytes of the write-ahead file; `nil` where the engine looks after its own.
    package let logBytes: Int64?
    /// How long the oldest transaction has been open, as far as it can be seen; `nil` where none is. While it is, nothing that
    /// was written since can be cleaned up.
    package let oldestTransaction: Duration?

    package init(logBytes: Int64? = nil, oldestTransaction: Duration? = nil) {
        self.logBytes = logBytes
        self.oldestTransaction = oldestTransaction
    }
}
