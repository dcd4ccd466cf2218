internal import PharmacyDomain

/// Every bound of the store in one place, each with its reason.
package enum StoreLimits {
    /// Writes that may wait for one connection. Beyond it the newest write of the tenant that has the most is refused at once,
    /// rather than after its client has timed out. At 2,500 commits a second this many wait for less than a second.
    package static let waitingWrites = 2_048
    /// Reads that may wait, with fair shares like writes.
    package static let waitingReads = 4_096
    /// Writes that share one commit: enough to spread the cost of a disk flush, few enough to keep it short.
    package static let writesPerCommit = 128
    /// How long a read or a write may wait for its turn. After that its client receives a response to try again.
    package static let connectionWait = Duration.seconds(5)
    /// How long a transaction may take from its arrival. After that the client receives the response that the outcome is unknown,
    /// whatever the thread waits for.
    package static let transactionTimeout = Duration.seconds(5)
    /// The same for a transaction that runs alone, such as the rotation of a key.
    package static let exclusiveTransactionTimeout = Duration.minutes(1)
    /// The same for an operator's command, which may read whole tables. The operator can end it.
    package static let operatorTransactionTimeout = Duration.minutes(10)
    /// How long a transaction of one tenant waits for the tenant's lock: longer than commits of other nodes take, and short for
    /// the writes of others that wait for the same connection.
    static let tenantLockTimeout = Duration.milliseconds(100)
    /// How long any transaction that writes waits for the installation's lock, without which none can begin.
    static let installationLockTimeout = Duration.seconds(1)
    /// How long a transaction that must run alone waits for its lock. All writes wait with it.
    static let exclusiveLockTimeout = Duration.milliseconds(500)
    /// The pause before a transaction waits for a lock again. It doubles each time, up to the limit.
    static let lockPause = Duration.milliseconds(50)
    static let lockPauseLimit = Duration.milliseconds(800)
    /// How often a transaction is tried that the engine ends in favor of another, or whose connection is lost before its commit.
    package static let transactionAttempts = 5
    /// The longest pause before such a transaction is repeated.
    package static let repetitionPause = Duration.milliseconds(20)
    /// How long a writer waits for another process (an operator's command) to finish its transaction.
    package static let busyTimeout = Duration.seconds(5)
    /// How long a migration waits for a lock, how often it tries, and the pause between two attempts. All other users of the table
    /// wait with it, and continue during the pause. In all ten minutes: for a longer dump the migration should be started later.
    static let migrationLockTimeout = Duration.milliseconds(500)
    static let migrationAttempts = 600
    static let migrationPause = Duration.seconds(1)
    /// The interval at which a node checks whether another one has finished building indexes.
    static let indexLockPause = Duration.milliseconds(500)
    /// Expired records that are removed in one transaction, which takes some milliseconds. The statements contain the same
    /// number, because PostgreSQL plans with it.
    package static let pruneBatch = 1_000
    /// Requests of one block of the request log, some 200 bytes each, and how many blocks are read at once.
    static let requestsPerBlock = 500
    static let requestBlocksRead = 64
    /// Requests of the log that a page examines at the most, in some 30 ms.
    package static let requestsExamined = 20_000
    /// Blocks of expired requests that are removed in one transaction. The statement contains the same number.
    package static let requestLogPruneBatch = 200
    /// Bytes to which the write-ahead file is truncated when it is reset. A larger file is emptied at the next check.
    package static let logBytes: Int64 = 64 << 20
    /// How long emptying the write-ahead file delays writers while it waits for reads, how often it tries, and the pause between
    /// two attempts.
    static let checkpointBusyTimeout = Duration.milliseconds(100)
    static let checkpointAttempts = 10
    /// How often a read on its caller's thread looks for a free connection: some microseconds in all.
    static let directReadAttempts = 16
    /// What a read on its caller's thread may do: changes that it adds to an index of e-mail addresses, addresses that it examines
    /// (some 50 KB), and rows that it reads.
    static let changesIndexedDirectly = 16
    static let addressesSearchedDirectly = 2_048
    static let rowsReadDirectly = 32
    /// Batches of writes that run in savepoints after a write has failed.
    static let isolatedBatches = 32
    static let checkpointPause = Duration.milliseconds(50)
    /// Time limits for connecting to a database server and for a statement, including its wait for a lock. The server's limit for
    /// statements ends those whose client no longer waits, so it is at least as long as the transaction's limit.
    package static let connectTimeout = Duration.seconds(5)
    package static let statementTimeout = Duration.seconds(30)
    /// How often two connections compare the sessions that serve them, to detect a pooler in front of the server. A pooler that
    /// serves each transaction by another session is detected the first time, unless other clients are busy.
    static let poolerChecks = 8
    package static let writingStatementTimeout = exclusiveTransactionTimeout
    /// Statements that read, write or index whole tables.
    static let bulkStatementTimeout = Duration.hours(6)
    package static let lockTimeout = Duration.seconds(5)
    /// The interval at which the server checks, during a statement, whether its client is still connected.
    static let clientCheckInterval = Duration.seconds(2)
    /// Requests to cancel a statement that wait for a server. Further statements end by the server's own time limits.
    static let waitingCancellations = 8
    /// Bytes that a probe writes in the embedded engine: the size of an order with its event, deliveries and indexes.
    static let probedBytes = 64 << 10
    /// Rows of each kind of waiting work that are counted for metrics, which takes some ten milliseconds. Beyond it the number
    /// means "that many or more".
    package static let countedBacklog = 10_000
    /// How long a node that disappears within a transaction delays the others.
    package static let idleTransactionTimeout = Duration.seconds(10)
    /// How long the removal of erased keys from the files waits for its lock. Other transactions wait with it.
    package static let scrubLockTimeout = Duration.milliseconds(200)
    /// The shortest interval between two notifications of other nodes.
    package static let notificationInterval = Duration.milliseconds(10)
    /// The pause between two attempts to connect to an unreachable database server. It doubles each time, up to the limit.
    package static let reconnectDelay = Duration.milliseconds(100)
    package static let reconnectDelayLimit = Duration.seconds(5)
    /// Connections of one node to a database server: one for notifications, one for claims, one for counters, and at least one
    /// each for reading and writing.
    package static let connections = 5...500
    /// Prepared statements cached for each connection: more than the program has.
    package static let cachedStatements = 256
    /// The latest orders of a patient among which duplicates of a new one are looked for.
    package static let ordersCompared = 20
    /// Indexes for searches among patients that stay in memory; each tenant that searches has one or two.
    package static let patientIndexes = 64
    /// Altered rows of authorization data that wait to be reported. Beyond it they are counted by their kind.
    static let unprovenGrants = 1_000
    /// Tenants whose numbers of orders are remembered, at some hundred bytes each.
    static let countedTenants = 10_000
    /// Tenants whose rows are cached as proven, at some hundred bytes each.
    static let provenTenants = 10_000
    /// Rows that receive their first proofs in one step: some megabytes at the most.
    static let provenRows = 1_000
    /// Rows that a copy of the installation holds in memory at once: some megabytes for the largest ones.
    static let copiedRows = 1_000
    /// Rows that one statement of a copy inserts. With the columns of the widest table these are far fewer binds than either
    /// engine's limit.
    static let rowsPerInsertion = 50
    /// Audit entries that a process remembers, until it looks for them some seconds later, because commits on several connections
    /// may be reported in another order.
    static let doubtfulAuditEntries = 1_024
}
