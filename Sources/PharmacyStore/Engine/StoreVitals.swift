/// Measurements of a database's health.
package struct StoreVitals: Hashable, Sendable {
    /// Bytes of the write-ahead file; `nil` where the engine maintains it itself.
    package let logBytes: Int64?
    /// How long the oldest visible transaction has been open; `nil` where none is. While it is open, the database cannot clean up
    /// what was overwritten since.
    package let oldestTransaction: Duration?

    package init(logBytes: Int64? = nil, oldestTransaction: Duration? = nil) {
        self.logBytes = logBytes
        self.oldestTransaction = oldestTransaction
    }
}
