/// Every bound of the store in one place, each with its reason.
package enum StoreLimits {
    /// Writes that may wait; past it a request is refused at once rather than after its client has given up. At 2,500
    /// commits a second this many wait for less than a second.
    package static let waitingWrites = 2_048
    /// Reads that may wait.
    package static let waitingReads = 4_096
    /// Writes that share one commit: enough to spread the cost of a disk flush, few enough to keep it short.
    package static let writesPerCommit = 128
    /// How long a writer waits for another process (an operator's command) to finish its transaction.
    package static let busyTimeout = Duration.seconds(5)
    /// Prepared statements kept for each connection; more than the program has.
    package static let cachedStatements = 256
    /// Tenants whose e-mail index stays in memory.
    package static let emailIndexes = 64
}
