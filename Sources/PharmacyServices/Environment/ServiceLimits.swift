internal import PharmacyDomain

/// Every bound of the services in one place.
package enum ServiceLimits {
    /// How long an outcome is kept for its idempotency key (contract).
    package static let idempotencyKept = Duration.hours(24)
    /// What a client is told to wait when the store is out of reach.
    package static let storageRetryAfter = Duration.seconds(1)
    /// What a client is told to wait when the pharmacy's system is out of reach.
    package static let pharmacyRetryAfter = Duration.seconds(30)
    /// How long a verified token is believed without asking the store; revocations by other processes take effect
    /// within it.
    package static let verificationKept = Duration.milliseconds(900)
    /// Verified tokens, and tenants, kept in memory.
    package static let cacheEntries = 10_000
    /// `last_used_at` of a credential is written at most this often.
    package static let lastUseInterval = Duration.seconds(60)
    /// An altered row of authorization data is logged and audited at most this often; whoever tries a stolen row again and
    /// again must not fill the log.
    package static let unprovenGrantInterval = Duration.seconds(60)
    /// How long families of tokens are kept after their end, so that a late use of one of their tokens is still told from
    /// an unknown token, and clocks that differ end no family early; and how many are removed in one transaction.
    package static let endedFamilyKept = Duration.hours(24)
    package static let familyPruneBatch = 500
    /// Clients whose request rate is kept in memory.
    package static let rateLimitEntries = 100_000
    /// Where nodes count together: one that is asked again by a client within the first takes one part in the second of
    /// the client's limit in reserve, so that ten nodes are left with 5 % of it at the most.
    package static let rateLimitBusy = Duration.milliseconds(250)
    package static let rateLimitReserve = 200
    /// Orders claimed for dispatch in one transaction, so that others hardly wait behind it.
    package static let dispatchBatch = 32
    /// The least time from one claim to the next: it delays a single order by nothing, and one among many by no more than this.
    package static let dispatchClaimInterval = Duration.milliseconds(20)
    /// Orders on their way to pharmacies at once: each holds a connection and its documents, some 20 kB. One lane alone
    /// gets some 40 of them.
    package static let dispatchesInFlight = 512
    /// Orders of an older program that are given a lane in one transaction.
    package static let dispatchLaneBatch = 1_000
    /// How long a claimed order is nobody else's: longer than the two calls that hand it over, and with `longestWait` less
    /// than the 30 seconds within which another node takes up what one that died had claimed.
    package static let dispatchLease = Duration.seconds(24)
    /// The longest wait between two tries to hand an order over.
    package static let dispatchBackoffLimit = Duration.minutes(1)
    /// How long an order that cannot be handed over is tried.
    package static let dispatchAge = Duration.hours(24)
    /// Orders claimed to be asked about in one transaction, how many are asked about at once (one tenant alone gets some
    /// 10), and how long one that was claimed for it is nobody else's.
    package static let reconciliationBatch = 16
    package static let reconciliationsInFlight = 128
    package static let reconciliationLease = Duration.seconds(24)
    /// Connecting to the pharmacy's system, and a whole call to it with all its tries.
    package static let pharmacyConnectTimeout = Duration.seconds(2)
    package static let pharmacyTimeout = Duration.seconds(10)
    /// Connections to the pharmacy's system: one for each order on its way and each one whose status is queried, and some
    /// for requests of partners, which must not wait for those.
    package static let pharmacyConnections = dispatchesInFlight + reconciliationsInFlight + 128
    /// A tenant may hold as many of them as are free, divided by this: more than it can have orders on their way.
    package static let pharmacyConnectionShare = 2
    /// Tries of one call that may be repeated, and the wait before the second; each further one doubles it.
    package static let pharmacyTries = 3
    package static let pharmacyBackoff = Duration.milliseconds(200)
    /// Bytes of one answer of the pharmacy's system.
    package static let pharmacyAnswerBytes = 4 << 20
    /// Pharmacies, products of one catalog, pages it comes in, and reports on one order.
    package static let pharmaciesCount = 1_000
    package static let catalogProducts = 20_000
    package static let cataloguePages = 200
    package static let orderReports = 100
    /// A catalog that was used within the first span is fetched anew at the age of the second, looked for so often:
    /// before it is too old, with time for a call that must be repeated.
    package static let catalogueUse = Duration.seconds(60)
    package static let catalogueRefreshAge = Duration.seconds(40)
    package static let catalogRefreshInterval = Duration.seconds(5)
    /// How long ids of a replaced key are accepted: partners keep what they have looked up, and look it up again within.
    package static let medicationIDsAccepted = Duration.days(90)
    /// How long a distrusted key is stored for orders that were placed before: longer than an order is tried
    /// (`dispatchAge`), as the operator may set that to several days.
    package static let distrustedMedicationIDs = Duration.days(30)
    /// Between two records of how much each key has sealed.
    package static let sealCountInterval = Duration.seconds(60)
    /// Encoded medication ids kept in memory: some 200 bytes each.
    package static let medicationIDs = 100_000
    /// Between two looks at whether the clock was set back, and how far it must be: what is smaller is waited out.
    package static let clockLookInterval = Duration.seconds(1)
    package static let clockSetBackTolerance = Duration.seconds(2)
    /// Between two readings of the database's clock. In between a machine's oscillator is off by less than a millisecond.
    package static let databaseClockInterval = Duration.seconds(5)
    /// How far this machine's clock may be from the database's before the log says so.
    package static let clockDifference = Duration.seconds(2)
    /// When the last claim is over that was held as the clock was set back, and what came of it is recorded.
    package static let longestClaim = max(dispatchLease, deliveryLease) + .seconds(6)
    /// Characters of a text in a catalog, and of a pharmacy's reason.
    package static let catalogText = 255
    package static let pharmacyReason = 255
    /// Items of one list of the pharmacy's system that are logged one by one when they are left out.
    package static let refusedItemsLogged = 20
    /// Characters of the pharmacy's id of a parcel.
    package static let parcelID = 64
    /// Failures in a row after which the pharmacy's system is not asked, and for how long.
    package static let circuitFailures = 5
    package static let circuitCoolDown = Duration.seconds(10)
    /// How far the time of a report of the pharmacy's system may be from ours.
    package static let pharmacyEventWindow = Duration.minutes(5)
    /// Deliveries that are listed for an operator.
    package static let deliveriesListed = 1_000
    /// Failed deliveries made due again in one transaction.
    package static let recoveryBatch = 100
    /// Deliveries claimed in one transaction, so that requests hardly wait behind it.
    package static let deliveryBatch = 128
    /// Deliveries under way at once: each holds a connection and its payload, some 20 kB.
    package static let deliveriesUnderWay = 2_048
    /// Look-ups of receivers' names in progress at once, each of which may hold a thread for minutes. A tenant may hold one
    /// part in four of the threads that are free, so that six of one tenant's names that never resolve hold up only its own.
    package static let lookupThreads = 32
    package static let lookupShare = 4
    /// Callers of one tenant that may wait for a name: more than it can have deliveries and tests in flight.
    package static let lookupsWaiting = 1_024
    /// How long a caller waits for a name's addresses, and from which time on its look-up is stuck; half of an attempt is left.
    package static let lookupPatience = Duration.seconds(5)
    /// A caller that gives up blames the name if its look-up has run for at least this long, and this server otherwise.
    package static let lookupBlame = Duration.seconds(2)
    /// How long a name that was stuck is refused at once, so that it does not take another thread: less than the delay
    /// between two attempts; and how many such names are remembered, at some 100 bytes each.
    package static let lookupRefusal = Duration.seconds(10)
    package static let lookupsRemembered = 1_024
    /// Of a name's addresses so many are tried in one attempt, the second when the first has not been reached within the
    /// delay (RFC 8305 section 8), and an address that worked is the first to be tried for so long.
    package static let addressesTried = 8
    package static let workingAddressKept = Duration.seconds(30)
    /// Names with several addresses whose working one is remembered, at some 100 bytes each.
    package static let workingAddresses = 1_024
    /// Test events in flight at once; each holds a connection. A tenant may have one part in eight of those that are free.
    package static let webhookTestsInFlight = 128
    package static let webhookTestShare = 8
    /// Between two reports of one tenant's deliveries that this server has no means for.
    package static let deferralReportInterval = Duration.seconds(60)
    /// How long a claimed delivery is nobody else's: longer than an attempt may take.
    package static let deliveryLease = Duration.seconds(20)
    /// Between two counts of webhook URLs that are failing, and of what is due.
    package static let webhookMetricsInterval = Duration.seconds(15)
    /// Between two looks at the database's oldest transaction and its write-ahead file, and from which age on a transaction is
    /// told of in the log: none of ours takes as long.
    package static let storeWatchInterval = Duration.seconds(15)
    package static let longTransaction = Duration.minutes(2)
    /// Rows of an earlier version whose identifiers are replaced by digests in one transaction, so that requests of the
    /// tenant hardly wait behind it.
    package static let identifierBatch = 200
    /// How long events, their deliveries and attempts are kept.
    package static let webhookRetention = Duration.days(30)
    /// Events removed with their deliveries in one transaction: some milliseconds.
    package static let webhookPruneBatch = 100
    /// Simulated prescriptions advanced at a time.
    package static let simulationBatch = 64
    /// Rows of a deleted tenant that are removed in one transaction: some ten milliseconds.
    package static let erasureBatch = 500
    /// A sandbox with more orders or patients is wiped in such batches, hidden meanwhile; others in one transaction.
    package static let wipeAtOnce = 500
    /// Recorded items that a process remembers, that are listed, and that are made due again in one transaction.
    package static let quarantineRemembered = 10_000
    package static let quarantineListed = 1_000
    package static let quarantineBatch = 100
    /// When an item of a tenant of which nothing opens is looked at again, once the tenant waits for an operator.
    package static let quarantineRecheck = Duration.minutes(5)
    /// Between two counts of quarantined items, and how long after its next try a record stays that nobody has cleared.
    package static let quarantineInterval = Duration.seconds(15)
    package static let quarantineKept = Duration.hours(24)
    /// How long no transaction has failed of a cause before it counts as over: a connection that was lost is made again within
    /// this time at the latest.
    package static let outageQuiet = Duration.seconds(5)
    /// Causes of one kind of work that are told apart in the log while they last.
    static let failureCauses = 16
    /// How long a finding of `/readyz` is kept, how long it may take, and for how long a write that failed for a cause that
    /// lasts, such as a full disk, counts although a probe succeeds.
    package static let readinessKept = Duration.seconds(1)
    package static let readinessTime = Duration.seconds(3)
    package static let readinessMemory = Duration.seconds(2)
    /// Between two counts of waiting work.
    package static let backlogInterval = Duration.seconds(15)
    /// The longest a background service waits without looking at the store: work that another process left is found.
    package static let longestWait = Duration.seconds(4)
    /// How long a service waits after the store has failed it.
    package static let failureWait = Duration.seconds(1)
    /// Between two looks at the age of the keys that sign access tokens; less than `SigningKeyPolicy.overlap`.
    package static let signingKeyInterval = Duration.seconds(60)
    /// Records sealed anew in one transaction: some milliseconds, so that requests hardly wait behind it.
    package static let resealBatch = 100
    /// Between two looks at how far the database has come, which a file beside it remembers: of a database that was put back
    /// by a means of the operating system, what came within this span before the server's end is not missed.
    package static let incarnationInterval = Duration.seconds(60)
    /// Between two removals of what has run out.
    package static let pruneInterval = Duration.seconds(60)
    /// Between two batches of one removal, in which requests have their turn: 50,000 records a second at the most.
    package static let pruneBreath = Duration.milliseconds(20)
    /// How long a line of the audit log may wait to be durable.
    package static let auditWindow = Duration.milliseconds(250)
    /// Lines of the audit log that may wait: at 100 ids each some 4 MB.
    package static let waitingAuditEvents = 1_000
    /// Lines of the audit log that run out and are removed at a time.
    package static let auditPruneBatch = 1_000
    /// How long lines of the audit log are kept: six years, as HIPAA asks (45 CFR 164.316(b)(2)).
    package static let auditRetention = Duration.days(2_190)
    /// The audit log is anchored when it has grown by so many entries, or at all within so long a time. What was written
    /// since the newest anchor can be cut off unseen: the span is short, and a line of 400 bytes each time is little.
    package static let anchorEntries: Int64 = 10_000
    package static let anchorInterval = Duration.seconds(30)
    /// Between two looks whether an anchor is due: one short read.
    package static let anchorLookInterval = Duration.seconds(1)
    /// Between two comparisons of the log with its newest anchors.
    package static let anchorCheckInterval = Duration.seconds(15)
    /// Between two tries of a place that did not take an anchor, and how long it may take one; shorter than the interval of
    /// the comparisons, which wait for it.
    package static let anchorRetryInterval = Duration.seconds(10)
    package static let anchorTimeout = Duration.seconds(5)
    /// Between two checkpoints of the audit log in the database. Each leaves a version of one row behind while an older
    /// snapshot is open: of a dump of an hour 60 for each node, which are walked in microseconds.
    package static let anchorCheckpointInterval = Duration.seconds(60)
    /// Bytes at the end of a file of anchors that are compared each time: some 30 anchors, the newest of which carries a
    /// loss that was found before; and bytes that are read at a time where all are compared.
    package static let anchorNewestBytes = 16 << 10
    package static let anchorReadBytes = 64 << 10
    /// Bytes of a line that can be an anchor: one that names a loss has 600.
    package static let anchorLineBytes = 4 << 10
    /// Records that an integrity check reads in one snapshot: some milliseconds.
    package static let integrityBatch = 100
    /// How often a page of an integrity check is tried that the store has no room for.
    package static let integrityTries = 5
    /// Between two reports of its progress to the operator.
    package static let integrityProgressInterval = Duration.seconds(5)
    /// When the nightly integrity check begins, after midnight UTC: when partners in the United States sleep, and are
    /// done with the day's orders.
    package static let integrityTimeOfDay = Duration.hours(8)
    /// The nightly check works one part in so many of its time: a tenth of a core at the most.
    package static let integrityShare = 10
    /// How long a node that makes the nightly check is believed to be alive; the claim is extended at half of it.
    package static let integrityLease = Duration.minutes(5)
    /// Between two looks at whether the nightly check is due, and at what the latest one found.
    package static let integrityInterval = Duration.seconds(60)
    /// Between two looks at whether something was erased that the database's files still hold: erased records and keys
    /// leave them within this and the time that a checkpoint takes.
    package static let erasureInterval = Duration.seconds(2)
    /// How often an operator's command tries that before it leaves it to the server, and the pause between two tries.
    package static let erasureTries = 10
    package static let erasurePause = Duration.milliseconds(300)
    /// Between two tries where a long read holds the files.
    package static let erasureRetry = Duration.seconds(30)
    /// How often the write-ahead file is emptied all the same: an operator's command may have erased something and not
    /// have come to it.
    package static let erasureCatchUp = Duration.minutes(10)
}
