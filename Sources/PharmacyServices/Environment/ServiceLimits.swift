internal import PharmacyDomain

/// Every limit of the services in one place.
package enum ServiceLimits {
    /// How long the outcome of a request is stored for its idempotency key (contract).
    package static let idempotencyRetention = Duration.hours(24)
    /// `Retry-After` while the store is unavailable.
    package static let storageRetryAfter = Duration.seconds(1)
    /// `Retry-After` while the pharmacy's system is unavailable.
    package static let pharmacyRetryAfter = Duration.seconds(30)
    /// How often a pharmacy is asked for a change of an order that others change at the same time.
    package static let amendmentAttempts = 4
    /// How long a verified token is accepted without reading the store again. Revocations by other processes take effect within it.
    package static let verificationCacheLifetime = Duration.milliseconds(900)
    /// Entries of each cache, such as verified tokens and tenants.
    package static let cacheEntries = 10_000
    /// Catalogs whose prices over time are stored, at up to 2 MB each.
    static let priceHistories = 50
    /// `last_used_at` of a credential is written at most this often.
    package static let lastUseInterval = Duration.seconds(60)
    /// The shortest interval at which an altered row of authorization data is logged and audited, so that repeated use of it cannot
    /// fill the log.
    package static let unprovenGrantInterval = Duration.seconds(60)
    /// How long token families are stored after their end, so that a late use of one of their tokens differs from that of an unknown
    /// token, and different clocks end no family early; and how many are removed in one transaction.
    package static let endedFamilyRetention = Duration.hours(24)
    package static let familyPruneBatch = 500
    /// Clients whose request rate is in memory.
    package static let rateLimitEntries = 100_000
    /// Where nodes share rate limits, a node that receives another request of a client within the first span reserves the client's
    /// limit divided by the second number, so that ten nodes together reserve 5 % of it at the most.
    package static let rateLimitReserveWindow = Duration.milliseconds(250)
    package static let rateLimitReserveDivisor = 200
    /// Orders claimed for dispatch in one transaction, which keeps it short.
    package static let dispatchBatch = 32
    /// The shortest interval between two claims. It does not delay a single order, and one of many only by this.
    package static let dispatchClaimInterval = Duration.milliseconds(20)
    /// Orders that are being submitted to pharmacies at once. Each holds a connection and its documents, some 20 kB. One lane alone
    /// gets some 40 of them.
    package static let dispatchesInFlight = 512
    /// Orders of an older program that are given a lane in one transaction.
    package static let dispatchLaneBatch = 1_000
    /// The lease of a claimed order: longer than the two calls that submit it, and with `longestWait` less than the 30 seconds within
    /// which another node continues the work of a node that has crashed.
    package static let dispatchLease = Duration.seconds(24)
    /// The longest wait between two attempts to submit an order.
    package static let dispatchBackoffLimit = Duration.minutes(1)
    /// How long an order that cannot be submitted is tried.
    package static let dispatchAge = Duration.hours(24)
    /// Orders claimed for reconciliation in one transaction, how many are queried at once (one tenant alone gets some 10), and the
    /// lease of such a claim.
    package static let reconciliationBatch = 16
    package static let reconciliationsInFlight = 128
    package static let reconciliationLease = Duration.seconds(24)
    /// Time limits for connecting to the pharmacy's system, and for a whole call with all its attempts.
    package static let pharmacyConnectTimeout = Duration.seconds(2)
    package static let pharmacyTimeout = Duration.seconds(10)
    /// Connections to the pharmacy's system: one for each order that is being submitted or queried, and some for requests of
    /// partners, which must not wait for those.
    package static let pharmacyConnections = dispatchesInFlight + reconciliationsInFlight + 128
    /// A tenant may hold the number of free connections divided by this: more than it can have orders in submission.
    package static let pharmacyConnectionShare = 2
    /// Attempts of one repeatable call, and the wait before the second one. It doubles each time.
    package static let pharmacyAttempts = 3
    package static let pharmacyBackoff = Duration.milliseconds(200)
    /// Bytes of one response of the pharmacy's system.
    package static let pharmacyResponseBytes = 4 << 20
    /// Pharmacies of one list, products and pages of one catalog, and reports on one order.
    package static let pharmaciesCount = 1_000
    package static let catalogProducts = 20_000
    package static let catalogPageLimit = 200
    package static let orderReports = 100
    /// A catalog that was used within the first span is fetched again at the age of the second, before it is too old and with time
    /// for a repeated call. The third is the interval of that check.
    package static let catalogUseWindow = Duration.seconds(60)
    package static let catalogRefreshAge = Duration.seconds(40)
    package static let catalogRefreshInterval = Duration.seconds(5)
    /// How long ids of a replaced key are accepted: partners store ids, and look them up again within this time.
    package static let medicationIDsAccepted = Duration.days(90)
    /// How long a distrusted key is stored for orders that were placed before: longer than an order is tried
    /// (`dispatchAge`), as the operator may set that to several days.
    package static let distrustedMedicationIDs = Duration.days(30)
    /// The interval at which the seals of each key are recorded.
    package static let sealCountInterval = Duration.seconds(60)
    /// Encoded medication ids in memory, at some 200 bytes each.
    package static let medicationIDs = 100_000
    /// The interval at which the clock is checked, and how far it must have been set back for work to be rescheduled. After a smaller
    /// change work is merely late by it.
    package static let clockCheckInterval = Duration.seconds(1)
    package static let clockSetBackTolerance = Duration.seconds(2)
    /// The interval at which the database's clock is read. In between, a machine's oscillator is off by less than a millisecond.
    package static let databaseClockInterval = Duration.seconds(5)
    /// The difference between this machine's clock and the database's from which on it is logged.
    package static let clockDifference = Duration.seconds(2)
    /// The longest time until the last claim that was held when the clock was set back is over and its result is recorded.
    package static let longestClaim = max(dispatchLease, deliveryLease) + .seconds(6)
    /// Characters of a text in a catalog, and of a pharmacy's reason for a status.
    package static let catalogText = 255
    package static let pharmacyReason = 255
    /// Omitted items of one list of the pharmacy's system that are logged individually.
    package static let refusedItemsLogged = 20
    /// Characters of the pharmacy's id of a parcel.
    package static let parcelID = 64
    /// Consecutive failures after which the pharmacy's system is not called, and for how long.
    package static let circuitFailures = 5
    package static let circuitCoolDown = Duration.seconds(10)
    /// The largest difference between the time of a report of the pharmacy's system and this server's time.
    package static let pharmacyEventWindow = Duration.minutes(5)
    /// Deliveries that are listed for an operator.
    package static let deliveriesListed = 1_000
    /// Attempts that the timeline of an order shows, the newest. An order with five URLs and no redelivery has 160 at the most.
    package static let timelineAttempts = 500
    /// Failed deliveries made due again in one transaction.
    package static let recoveryBatch = 100
    /// Deliveries claimed in one transaction, which keeps it short.
    package static let deliveryBatch = 128
    /// Deliveries in flight at once. Each holds a connection and its payload, some 20 kB.
    package static let deliveriesInFlight = 2_048
    /// Lookups of receivers' names in progress at once, each of which may hold a thread for minutes. A tenant may hold a quarter of
    /// the free threads, so that names of one tenant that never resolve delay only its own.
    package static let lookupThreads = 32
    package static let lookupShare = 4
    /// Callers of one tenant that may wait for a name: more than it can have deliveries and tests in flight.
    package static let lookupsWaiting = 1_024
    /// How long a caller waits for a name's addresses, which leaves half of an attempt. A longer lookup counts as stuck.
    package static let lookupTimeout = Duration.seconds(5)
    /// A caller that stops waiting attributes the failure to the name if the lookup has run for at least this long, and otherwise to
    /// this server.
    package static let lookupFaultThreshold = Duration.seconds(2)
    /// How long a stuck name is refused at once, so that it does not block another thread: less than the delay between two attempts.
    /// And how many such names are remembered, at some 100 bytes each.
    package static let lookupRefusal = Duration.seconds(10)
    package static let lookupsRemembered = 1_024
    /// The number of a name's addresses that one attempt tries (RFC 8305 section 8), and how long an address that worked is tried
    /// first.
    package static let addressesTried = 8
    package static let workingAddressRetention = Duration.seconds(30)
    /// Names with several addresses whose working one is remembered, at some 100 bytes each.
    package static let workingAddresses = 1_024
    /// Test events in flight at once, each of which holds a connection. A tenant may have an eighth of the free ones.
    package static let webhookTestsInFlight = 128
    package static let webhookTestShare = 8
    /// Lists that are exported at once. A tenant may export an eighth of those that are free.
    package static let exports = 24
    package static let exportShare = 8
    /// The shortest interval between two log lines about one tenant's deliveries that wait for this server's resources.
    package static let deferralReportInterval = Duration.seconds(60)
    /// The lease of a claimed delivery: longer than an attempt may take.
    package static let deliveryLease = Duration.seconds(20)
    /// The interval at which failing webhook URLs and due deliveries are counted.
    package static let webhookMetricsInterval = Duration.seconds(15)
    /// The interval at which the database's oldest transaction and its write-ahead file are checked, and the age from which on a
    /// transaction is logged. No transaction of this program takes as long.
    package static let storeWatchInterval = Duration.seconds(15)
    package static let longTransaction = Duration.minutes(2)
    /// Rows of an earlier version whose identifiers are replaced by digests in one transaction, which keeps it short.
    package static let identifierBatch = 200
    /// How long events, their deliveries and attempts are stored.
    package static let webhookRetention = Duration.days(30)
    /// Events removed with their deliveries in one transaction: some milliseconds.
    package static let webhookPruneBatch = 100
    /// Simulated prescriptions advanced at a time.
    package static let simulationBatch = 64
    /// Rows of a deleted tenant that are removed in one transaction: some ten milliseconds.
    package static let erasureBatch = 500
    /// How long a request may wait until it is in the request log.
    package static let requestLogWindow = Duration.seconds(1)
    /// Requests that may wait in memory, at some 200 bytes each. Beyond it they are dropped.
    package static let waitingRequests = 20_000
    /// Refused requests (401, 429) of one tenant that are logged in one window. Further ones are only counted.
    package static let refusedRequestsLogged = 25
    /// Tenants whose requests are written at once.
    package static let requestLogTransactions = 64
    /// How long requests are logged, and for how long they are counted by the hour.
    package static let requestLogRetention = Duration.days(7)
    package static let hourlyCountRetention = Duration.days(31)
    /// A sandbox with more orders or patients is wiped in batches of this size and hidden meanwhile; others in one transaction.
    package static let wipeTransactionLimit = 500
    /// Quarantined items that a process caches, that are listed, and that are made due again in one transaction.
    package static let quarantineRemembered = 10_000
    package static let quarantineListed = 1_000
    package static let quarantineBatch = 100
    /// After how long an item is tried again whose tenant's key does not open and waits for an operator.
    package static let quarantineRecheck = Duration.minutes(5)
    /// The interval at which quarantined items are counted, and how long after its next try an item's record is removed.
    package static let quarantineInterval = Duration.seconds(15)
    package static let quarantineRetention = Duration.hours(24)
    /// How long no transaction may fail with a cause before it counts as ended. A lost connection is re-established within this time.
    package static let outageQuiet = Duration.seconds(5)
    /// Causes of one kind of work that are logged while it fails.
    static let failureCauses = 16
    /// How long a result of `/readyz` is cached, how long it may take, and how long a failed write with a lasting cause, such as a
    /// full disk, counts although a probe succeeds.
    package static let readinessCacheLifetime = Duration.seconds(1)
    package static let readinessTimeout = Duration.seconds(3)
    package static let failedWriteRetention = Duration.seconds(2)
    /// The interval at which waiting work is counted.
    package static let backlogInterval = Duration.seconds(15)
    /// The longest time that a background service waits before it reads the store again, to find the work of other processes.
    package static let longestWait = Duration.seconds(4)
    /// How long a service waits after a failure.
    package static let failureWait = Duration.seconds(1)
    /// The interval at which the age of the keys that sign access tokens is checked; less than `SigningKeyPolicy.overlap`.
    package static let signingKeyInterval = Duration.seconds(60)
    /// Records re-encrypted in one transaction, which takes some milliseconds.
    package static let reencryptionBatch = 100
    /// The interval at which the state of the database is recorded in a file next to it. When a database is restored by means of the
    /// operating system, the loss of changes within this span before the server's end is not noticed.
    package static let incarnationInterval = Duration.seconds(60)
    /// The interval at which expired records are removed.
    package static let pruneInterval = Duration.seconds(60)
    /// The pause between two batches of a removal, for requests. It limits removals to 50,000 records a second.
    package static let prunePause = Duration.milliseconds(20)
    /// How long an audit event may wait until it is durable.
    package static let auditWindow = Duration.milliseconds(250)
    /// Audit events that may wait in memory: some 4 MB at 100 ids each.
    package static let waitingAuditEvents = 1_000
    /// Event streams of dashboards, each of which holds a connection. A tenant may have a quarter of the free ones.
    static let streams = 2_048
    static let streamShare = 4
    /// Event streams that a session of the dashboard may have open: one for each visible tab.
    package static let streamsOfSession = 8
    /// Rendered pages whose streams are not open yet. The streams of others begin with a change.
    static let announcedPages = 1_000
    /// The time within which the stream of a rendered page is opened.
    package static let announcementLifetime = Duration.seconds(30)
    /// The shortest time between two changes that a stream reports, and the longest between two of its events.
    package static let streamInterval = Duration.seconds(1)
    package static let streamHeartbeat = Duration.seconds(15)
    /// Entries of the audit log that a page of the dashboard examines at the most.
    package static let auditEntriesExamined: Int64 = 20_000
    /// Expired audit entries that are removed in one transaction.
    package static let auditPruneBatch = 1_000
    /// How long audit entries are stored: six years, as HIPAA requires (45 CFR 164.316(b)(2)).
    package static let auditRetention = Duration.days(2_190)
    /// The audit log is anchored when it has grown by this many entries, or after this time if it has grown at all. Entries since the
    /// newest anchor can be removed unnoticed, so the span is short; an anchor is a line of 400 bytes.
    package static let anchorEntries: Int64 = 10_000
    package static let anchorInterval = Duration.seconds(30)
    /// The interval at which the server checks whether an anchor is due, with one short read.
    package static let anchorDueCheckInterval = Duration.seconds(1)
    /// The interval at which the log is compared with its newest anchors.
    package static let anchorCheckInterval = Duration.seconds(15)
    /// The pause before a destination that refused an anchor is tried again, and the time limit of an attempt. Both are shorter than
    /// the interval of the comparisons, which wait for it.
    package static let anchorRetryInterval = Duration.seconds(10)
    package static let anchorTimeout = Duration.seconds(5)
    /// The interval between two checkpoints of the audit log in the database. Each leaves a version of one row while an older snapshot
    /// is open: 60 for each node during a dump of an hour, which are read in microseconds.
    package static let anchorCheckpointInterval = Duration.seconds(60)
    /// Bytes at the end of an anchor file that are compared each time: some 30 anchors, the newest of which contains any loss that was
    /// found before; and bytes that are read at a time where all anchors are compared.
    package static let anchorNewestBytes = 16 << 10
    package static let anchorReadBytes = 64 << 10
    /// The longest line of an anchor, in bytes: an anchor that reports a loss has 600.
    package static let anchorLineBytes = 4 << 10
    /// Records that an integrity check reads in one snapshot: some milliseconds.
    package static let integrityBatch = 100
    /// How often a page of an integrity check is tried while the store is overloaded.
    package static let integrityAttempts = 5
    /// The interval at which an integrity check reports its progress to the operator.
    package static let integrityProgressInterval = Duration.seconds(5)
    /// When the nightly integrity check begins, after midnight UTC: when partners in the United States sleep, and are
    /// done with the day's orders.
    package static let integrityTimeOfDay = Duration.hours(8)
    /// The nightly check works this fraction of its time: a tenth of a core at the most.
    package static let integrityShare = 10
    /// The lease of the node that makes the nightly check. It is extended at half of its time.
    package static let integrityLease = Duration.minutes(5)
    /// The interval at which a node checks whether the nightly check is due, and reads the result of the latest one.
    package static let integrityInterval = Duration.seconds(60)
    /// The interval at which the server checks whether the database's files still contain something erased. Erased records and keys
    /// are removed from them within this interval and the time of a checkpoint.
    package static let erasureInterval = Duration.seconds(2)
    /// How often an operator's command tries to remove erased data from the files before it leaves that to the server, and the pause
    /// between two attempts.
    package static let erasureAttempts = 10
    package static let erasurePause = Duration.milliseconds(300)
    /// The pause between two attempts while a long read needs the files.
    package static let erasureRetry = Duration.seconds(30)
    /// The interval at which the write-ahead file is emptied in any case: an operator's command may have erased something without
    /// emptying it.
    package static let erasureCatchUp = Duration.minutes(10)
}
