internal import PharmacyDomain

/// Every bound of the store in one place, each with its reason.
package enum StoreLimits {
    /// Writes that may wait; past it a request is refused at once rather than after its client has given up. At 2,500
    /// commits a second this many wait for less than a second.
    package static let waitingWrites = 2_048
    /// Reads that may wait.
    package static let waitingReads = 4_096
    /// Writes that share one commit: enough to spread the cost of a disk flush, few enough to keep it short.
    package static let writesPerCommit = 128
    /// How long a read or a write may wait for its turn; past it its client is told to come again.
    package static let connectionWait = Duration.seconds(5)
    /// How often a transaction is tried that the engine breaks off, or whose connection is lost before its commit.
    package static let transactionTries = 5
    /// The longest pause before such a transaction is begun anew.
    package static let repetitionPause = Duration.milliseconds(20)
    /// How long a writer waits for another process (an operator's command) to finish its transaction.
    package static let busyTimeout = Duration.seconds(5)
    /// Connecting to a database server, and a statement on it, its wait for a lock included. What changes records may take
    /// longer: the removal of a tenant takes all of its own.
    package static let connectTimeout = Duration.seconds(5)
    package static let statementTimeout = Duration.seconds(30)
    package static let writingStatementTimeout = Duration.minutes(10)
    package static let lockTimeout = Duration.seconds(5)
    /// How long a node that has vanished within a transaction holds up the others.
    package static let idleTransactionTimeout = Duration.seconds(10)
    /// How long the removal of erased keys from the files waits for others, who meanwhile wait for it.
    package static let scrubPatience = Duration.milliseconds(200)
    /// Between two messages that tell other nodes of work.
    package static let bellInterval = Duration.milliseconds(10)
    /// Between two tries to connect to a database server that cannot be reached; doubled each time.
    package static let reconnectDelay = Duration.milliseconds(100)
    package static let reconnectDelayLimit = Duration.seconds(5)
    /// Connections of one node to a database server: one that carries bells, one for claims, one for counters, and at
    /// least one each that reads and writes.
    package static let connections = 5...500
    /// Prepared statements kept for each connection; more than the program has.
    package static let cachedStatements = 256
    /// Tenants whose e-mail index stays in memory.
    package static let emailIndexes = 64
    /// Rows that a copy of the installation holds in memory at once: of the largest, some megabytes.
    static let copiedRows = 1_000
    /// Rows that one statement of a copy adds: with the columns of the widest table, far fewer binds than either engine
    /// takes.
    static let rowsPerInsertion = 50
}
