internal import PharmacyDomain

/// Every bound of the store in one place, each with its reason.
package enum StoreLimits {
    /// Writes that may wait for one connection; past it the newest of the tenant that has the most is refused, at once rather
    /// than after its client has given up. At 2,500 commits a second this many wait for less than a second.
    package static let waitingWrites = 2_048
    /// Reads that may wait; fair shares as with writes.
    package static let waitingReads = 4_096
    /// Writes that share one commit: enough to spread the cost of a disk flush, few enough to keep it short.
    package static let writesPerCommit = 128
    /// How long a read or a write may wait for its turn; past it its client is told to come again.
    package static let connectionWait = Duration.seconds(5)
    /// How long a transaction may take, from the arrival of its request on; past it the client is told that the outcome is
    /// not known, whatever the thread waits for.
    package static let transactionTime = Duration.seconds(5)
    /// The same for one beside which nothing runs, from its arrival on: a sandbox's wipe, the replacement of keys.
    package static let exclusiveTransactionTime = Duration.minutes(1)
    /// The same for what an operator's command does: it may look through whole tables, and whoever waits for it can end it.
    package static let operatorTransactionTime = Duration.minutes(10)
    /// How long a transaction of one tenant stands in line for the tenant's lock: longer than other nodes' commits take,
    /// and short for the writes of others that wait behind it on the same connection.
    static let tenantLockPatience = Duration.milliseconds(100)
    /// How long any transaction that writes stands in line for the installation's lock: without it none goes on.
    static let installationLockPatience = Duration.seconds(1)
    /// How long a transaction beside which nothing may run stands in line: all that write stand behind it meanwhile.
    static let exclusiveLockPatience = Duration.milliseconds(500)
    /// The pause after which a transaction stands in line again, doubled each time.
    static let lockPause = Duration.milliseconds(50)
    static let lockPauseLimit = Duration.milliseconds(800)
    /// How often a transaction is tried that the engine breaks off, or whose connection is lost before its commit.
    package static let transactionTries = 5
    /// The longest pause before such a transaction is begun anew.
    package static let repetitionPause = Duration.milliseconds(20)
    /// How long a writer waits for another process (an operator's command) to finish its transaction.
    package static let busyTimeout = Duration.seconds(5)
    /// How long a step of a migration asks for a lock: all who use the table stand behind it meanwhile; how often it tries, and
    /// the pause between, in which they go on. Ten minutes in all; a dump that takes longer is better waited for.
    static let migrationLockTimeout = Duration.milliseconds(500)
    static let migrationTries = 600
    static let migrationPause = Duration.seconds(1)
    /// Between two looks whether another node has finished building indexes.
    static let indexLockPause = Duration.milliseconds(500)
    /// Records that have expired and are removed in one transaction: some milliseconds. The statements say the same number,
    /// for PostgreSQL plans by it.
    package static let pruneBatch = 1_000
    /// Bytes that the write-ahead file keeps when it is empty again; past it the file is emptied at the next look.
    package static let logBytes: Int64 = 64 << 20
    /// How long the emptying of the write-ahead file holds up writers while it waits for reads, how often it tries, and the
    /// pause between.
    static let checkpointPatience = Duration.milliseconds(100)
    static let checkpointTries = 10
    static let checkpointPause = Duration.milliseconds(50)
    /// Connecting to a database server, and a statement on it, its wait for a lock included. The server's limits on
    /// statements end what its client waits for no longer: each is at least as long as the transaction's.
    package static let connectTimeout = Duration.seconds(5)
    package static let statementTimeout = Duration.seconds(30)
    /// How often two connections compare who serves them, to find a pooler between them and the server: one that gives each
    /// transaction another connection shows it the first time unless other clients are busy there.
    static let poolerChecks = 8
    package static let writingStatementTimeout = exclusiveTransactionTime
    /// Statements that read, write or index whole tables.
    static let bulkStatementTimeout = Duration.hours(6)
    package static let lockTimeout = Duration.seconds(5)
    /// How often the server looks, within a statement, whether its client is still there.
    static let clientCheckInterval = Duration.seconds(2)
    /// Requests to break off a statement that wait for a server; what comes on top is left to the server's own limits.
    static let waitingCancellations = 8
    /// Bytes for which a probe asks the embedded engine for room: an order with its event, deliveries and indexes.
    static let probedBytes = 64 << 10
    /// Rows of each kind of waiting work that are counted for metrics: past it the number is no more than "many", and the
    /// count takes some ten milliseconds.
    package static let countedBacklog = 10_000
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
    /// Altered rows of authorization data that wait to be reported; past it they are counted by their kind. Whoever alters
    /// so many at once is noticed all the same.
    static let unprovenGrants = 1_000
    /// Tenants whose rows are remembered as proven: some hundred bytes each.
    static let provenTenants = 10_000
    /// Rows that get their proofs in one step when they get their first: some megabytes at the most.
    static let provenRows = 1_000
    /// Rows that a copy of the installation holds in memory at once: of the largest, some megabytes.
    static let copiedRows = 1_000
    /// Rows that one statement of a copy adds: with the columns of the widest table, far fewer binds than either engine
    /// takes.
    static let rowsPerInsertion = 50
    /// Entries of the audit log that a process remembers because another end came after them, until it looks for them some
    /// seconds later: of commits on several connections that are heard of in another order.
    static let doubtfulAuditEntries = 1_024
}
