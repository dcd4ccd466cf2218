package import Logging
package import PharmacyDomain
package import PharmacyServices
package import PharmacyStore

/// The services over a store of their own in a temporary directory, with a clock that the test controls.
package struct TestInstallation: Sendable {
    package let time: ManualClock
    package let notifier = ChangeNotifier()
    package let environment: ServiceEnvironment
    package let keys: InstallationKeys
    package let systems: PharmacySystems
    package let accounts: Accounts
    package let sessions: Sessions
    package let streams: SessionStreams
    package let patients: Patients
    package let pharmacies: Pharmacies
    package let orders: Orders
    package let reports: OrderReports
    package let webhooks: Webhooks
    package let requests: RequestLog
    package let controls: SandboxControls
    package let tenant: Tenant
    private let closing: TestDatabase.Closing
    package let logger: Logger

    /// The issuer of access tokens: a server at `http://localhost`.
    package static let issuer = TokenIssuer(publicURL: { "http://localhost" })

    package static let setupToken = "up_setup_" + String(repeating: "t", count: 43)

    /// - Parameters:
    ///   - pharmacySystem: replaces the sandbox's simulation.
    ///   - sender: sends test webhooks; by default their connections are refused.
    ///   - renderings: how the store renders records for the API.
    ///   - statements: records every statement.
    ///   - url: the URL of a PostgreSQL database (`TestDatabase.newURL`) that several nodes share.
    ///   - opening: opens another database than an empty one of the test's own.
    package init(
        pharmacySystem: (any PharmacySystem)? = nil, sender: any WebhookSending = UnreachablePort(),
        renderings: Renderings = .current, time: ManualClock = ManualClock(), statements: StatementLog? = nil,
        sharing url: String? = nil, opening: ((ChangeNotifier) throws -> any SQLEngine)? = nil,
        logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    ) async throws {
        self.time = time
        self.logger = logger
        let engine = try opening?(notifier) ?? TestDatabase.engine(notifier: notifier, sharing: url)
        let store = try await Store(
            engine: statements.map { RecordingEngine(engine, log: $0) } ?? engine,
            masterKey: .fixed([UInt8](repeating: 1, count: 32)), renderings: renderings, now: time.now(),
            clock: { time.now() })
        environment = ServiceEnvironment(store: store, time: time, entropy: .system, logger: logger)
        closing = TestDatabase.Closing(store)
        keys = try await InstallationKeys(environment: environment)
        systems = PharmacySystems(
            sandbox: pharmacySystem ?? SandboxPharmacySystem(environment: environment, pace: .every(.seconds(5))),
            live: nil)
        accounts = Accounts(
            environment: environment,
            tokens: try await AccessTokens(environment: environment, issuer: TestInstallation.issuer))
        sessions = Sessions(environment: environment, accounts: accounts)
        streams = SessionStreams(sessions: sessions, notifier: notifier, time: time)
        pharmacies = Pharmacies(
            environment: environment, systems: systems, codec: keys.medicationIDs,
            rendering: TestInstallation.medicationRendering)
        patients = Patients(environment: environment, systems: systems)
        orders = Orders(environment: environment, pharmacies: pharmacies, systems: systems, servedOnLoopback: true)
        reports = OrderReports(environment: environment, systems: systems, callbackSecret: nil)
        webhooks = Webhooks(environment: environment, sender: sender, servedOnLoopback: true)
        requests = RequestLog(environment: environment)
        controls = SandboxControls(
            environment: environment, accounts: accounts, wipeEvery: .hours(24),
            setupTokens: SetupTokens(fixed: TestInstallation.setupToken), announce: { _ in })
        try await controls.provision()
        guard let tenant = try await accounts.tenant(named: Tenant.builtInSandboxName) else {
            throw StoreError.noSuchTenant
        }
        self.tenant = tenant
    }

    /// Closes the store now, rather than when it is no longer used.
    package func close() async { await closing.close() }

    /// A body that creates a patient.
    package static func patient(email: String = "jane.doe@example.com") -> JSON {
        [
            "first_name": "Jane", "last_name": "Doe", "date_of_birth": "1984-02-29", "gender": "F",
            "email": .string(email), "address1": "12 Main Street", "city": "Austin", "state": "TX", "zip": "78701",
        ]
    }

    package func createPatient(email: String = "jane.doe@example.com") async throws -> PatientID {
        let created = try await patients.create(
            body: TestInstallation.patient(email: email), tenant: tenant, idempotency: nil)
        return created.value.patient.id
    }

    /// A body that places an order for a new patient.
    package func order(webhookURLs: [String] = [], memo: String? = nil) async throws -> JSON {
        let patient = try await createPatient()
        let pharmacy = SimulatedPharmacies.all[0].id
        let page = try await pharmacies.medications(
            of: pharmacy, page: PageRequest(page: 1, perPage: 25), filter: CatalogFilter(), tenant: tenant)
        return [
            "patient_id": .string(patient.description), "pharmacy_id": .string(pharmacy.description),
            "medication_id": JSON(page.page.items.first?.medicationID), "dispense_quantity": 4,
            "memo": JSON(memo), "webhook_urls": .array(webhookURLs.map(JSON.string)),
        ]
    }

    package func place(_ body: JSON, idempotency: IdempotencyRequest? = nil) async throws -> OrderID {
        try await orders.submit(body: body, dryRun: false, tenant: tenant, idempotency: idempotency).value.id
    }

    /// The subjects of all audit entries of an action, oldest first.
    package func audited(_ action: AuditAction) async throws -> [[String]] {
        var filter = AuditFilter()
        filter.action = action
        let wanted = filter
        return try await environment.store.systemRead {
            try $0.auditEntries(wanted, after: 0, limit: 100).compactMap(\.entry?.event.subjects)
        }
    }

    /// Makes one attempt at every delivery that is due, some at a time, and ends it with `verdict`.
    /// - Returns: the deliveries in the order in which they were claimed.
    @discardableResult
    package func endDueDeliveries(
        as verdict: DeliveryPolicy.Verdict, limit: Int = 10, response: [UInt8] = []
    ) async throws -> [ClaimedDelivery] {
        var ended: [ClaimedDelivery] = []
        let now = time.now()
        let attempt = Delivery.Attempt(
            at: now, duration: .zero, statusCode: verdict == .succeeded ? 200 : 500, error: nil, response: response)
        while true {
            let due = try await claimDeliveries(
                in: DeliverySlots(total: ServiceLimits.deliveriesInFlight), limit: limit, at: now
            ).deliveries
            for (tenant, due) in Dictionary(grouping: due, by: \.tenant) {
                _ = try await environment.store.write(tenant) { scope in
                    try scope.record(
                        due.map { AttemptResult(delivery: $0, attempt: attempt, verdict: verdict) }, at: now,
                        identifiers: .random)
                }
            }
            if due.isEmpty { return ended }
            ended += due
        }
    }

    /// Claims deliveries that are due, as the service does.
    package func claimDeliveries(
        in slots: DeliverySlots, limit: Int, at now: Timestamp, leaseExpiresAt: Timestamp? = nil
    ) async throws -> Claimed {
        let plan = try await environment.store.systemRead { try $0.planDeliveries(in: slots, limit: limit, at: now) }
        var all = Claimed(deliveries: [], unreadable: 0, next: plan.next)
        for (tenant, claims) in plan.claims {
            let claimed = try await environment.store.write(tenant) { scope in
                try scope.claimDeliveries(
                    claims, at: now, leaseExpiresAt: leaseExpiresAt ?? now + ServiceLimits.deliveryLease)
            }
            all.deliveries += claimed.deliveries
            all.unreadable += claimed.unreadable
        }
        if !plan.claims.isEmpty {
            // As the service looks again: with what it has begun.
            var slots = slots
            for delivery in all.deliveries { slots.begin(delivery.receiver) }
            let left = slots
            let again = try await environment.store.systemRead {
                try $0.planDeliveries(in: left, limit: limit, at: now)
            }
            all.next = again.claims.isEmpty ? again.next : now
        }
        return all
    }

    /// The result of a round of claiming.
    package struct Claimed: Sendable {
        package var deliveries: [ClaimedDelivery]
        /// The number of unreadable items.
        package var unreadable: Int
        /// When the next is due to a receiver that has room.
        package var next: Timestamp?
    }

    package func order(_ id: OrderID) async throws -> JSON {
        try JSON.parse(try await orders.get(id, tenant: tenant).bytes)
    }
}
