import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

/// Makes every verb that writes fail at each of its statements and commits. After each failure the running server and one that is
/// started on the same database must read the same records: a cache that is ahead of the database would show as records that the
/// new server cannot open, or reads differently.
@Suite("Writes that fail", .timeLimit(.minutes(5)))
struct FailureInjectionTests {
    /// A verb that can be run repeatedly.
    struct Verb: Sendable, CustomTestStringConvertible {
        let name: String
        /// Prepares one run, and returns it.
        let prepare: @Sendable (FailureBench) async throws -> @Sendable () async throws -> Void

        var testDescription: String { name }

        init(
            _ name: String,
            _ prepare: @escaping @Sendable (FailureBench) async throws -> @Sendable () async throws -> Void
        ) {
            self.name = name
            self.prepare = prepare
        }
    }

    @Test("A verb that fails at any point leaves memory and database consistent", arguments: Verb.all)
    func failsAnywhere(verb: Verb) async throws {
        let bench = try await FailureBench()
        var failures = 0
        for point in [FailingEngine.Point.statement, FailingEngine.Point.commit] {
            var number = 0
            while true {
                let run = try await verb.prepare(bench)
                bench.engine.fail(at: point(number))
                // Background work reports its failures itself; a verb throws them.
                do { try await run() } catch is ServiceError {} catch is StoreError {}
                guard bench.engine.stopFailing() else { break }
                try await bench.check("\(verb.name) failed at \(point(number))")
                failures += 1
                number += 1
                try #require(number < 300, "\(verb.name) never comes to its end")
                bench.installation.time.advance(by: .minutes(2))
            }
            try await bench.check("\(verb.name) succeeded", whole: true)
        }
        #expect(failures >= 2, "\(verb.name) writes nothing")
        await bench.close()
    }
}

/// An installation with records, whose writes can be made to fail.
struct FailureBench: Sendable {
    let database: TestDatabase
    let engine: FailingEngine
    let installation: TestInstallation

    init() async throws {
        let database = try TestDatabase()
        let opened = FailingEngine(try database.open())
        self.database = database
        engine = opened
        installation = try await TestInstallation(opening: { _ in opened })
        try await engine.prepare()
        _ = try await installation.place(try await order(memo: nil))
        _ = try await credential()
    }

    func close() async { await installation.close() }

    /// Ends every delivery and dispatch of earlier runs.
    func settle() async throws {
        installation.time.advance(by: .minutes(5))
        _ = try await installation.endDueDeliveries(as: .succeeded)
        _ = try await dispatcher.dispatchDue()
        installation.time.advance(by: .minutes(5))
        _ = try await simulator.advanceDue()
        _ = try await installation.endDueDeliveries(as: .succeeded)
    }

    var dispatcher: OrderDispatcher {
        OrderDispatcher(
            environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
            logger: installation.logger)
    }

    var simulator: SandboxSimulator {
        SandboxSimulator(
            environment: installation.environment, pace: .every(.seconds(1)), notifier: installation.notifier,
            logger: installation.logger)
    }

    var sweeper: RetentionSweeper {
        RetentionSweeper(
            environment: installation.environment, retention: Retention(audit: .days(30)),
            logger: installation.logger)
    }

    /// An order whose pharmacy sends no reports.
    func order(memo: String? = "sandbox:hold") async throws -> JSON {
        try await installation.order(webhookURLs: ["http://127.0.0.1:9/hook"], memo: memo)
    }

    func credential() async throws -> (id: ClientID, secret: String) {
        let made = try await installation.accounts.createCredential(
            body: [:], authority: .setupToken(TestInstallation.setupToken), tenant: installation.tenant,
            idempotency: nil
        ).value
        let id = try #require(made["client_id"]?.text.flatMap(ClientID.init))
        return (id, try #require(made["client_secret"]?.text))
    }

    func tokens() async throws -> TokenPair {
        // Twenty are allowed.
        for old in try await installation.accounts.credentials(of: installation.tenant, includingRevoked: false)
            .dropFirst(10)
        { try await installation.accounts.revokeCredential(old.id, tenant: installation.tenant) }
        let (id, secret) = try await credential()
        return try await installation.accounts.issueToken(
            clientID: id.description, clientSecret: secret, tenant: installation.tenant)
    }

    var operations: OperatorService {
        OperatorService(
            environment: installation.environment, setupTokens: SetupTokens(fixed: nil),
            wipeEvery: .hours(24))
    }

    func request(_ name: String) -> IdempotencyRequest {
        let key: TenantID = installation.environment.entropy.identifier()
        return IdempotencyRequest(key: key.description, operation: name, body: [1])
    }

    /// Compares all records of the running server with those of one that is started now. Then writes with the running
    /// server records that the other one must be able to read.
    /// - Parameter whole: whether to run the integrity check, too.
    func check(_ moment: String, whole: Bool = false) async throws {
        let patient = try? await installation.createPatient(email: "after@example.com")
        try #require(patient != nil, "\(moment): nothing can be written")
        let restarted = try await Store(
            engine: try database.open(readingThreads: 1), masterKey: .fixed([UInt8](repeating: 1, count: 32)),
            now: installation.time.now())
        let environment = ServiceEnvironment(store: restarted, time: installation.time, entropy: .system)
        let faults = try await KeySelfCheck(environment: environment, logger: installation.logger).faults()
        #expect(faults.isEmpty, "\(moment): \(faults)")
        let live = try await FailureBench.everything(in: installation.environment.store)
        let stored = try await FailureBench.everything(in: restarted)
        #expect(live == stored, "\(moment): the running server and the database do not agree")
        let keys = try await restarted.systemRead {
            Set(try $0.db.rows("SELECT id FROM wrapped_keys", []) { try $0.integer(0) })
        }
        #expect(installation.environment.store.keysInMemory.isSubset(of: keys), "\(moment): keys that exist nowhere")
        if whole {
            var findings: [IntegrityFinding] = []
            _ = try await IntegrityChecker(environment: environment).check { findings.append($0) }
            #expect(findings == [], "\(moment): data that is stored twice disagrees")
        }
        await restarted.close()
        // So that work over all patients stays the same in each run.
        if let patient { try await installation.patients.delete(patient, tenant: installation.tenant) }
    }

    /// All readable records of all tenants.
    private static func everything(in store: Store) async throws -> [String] {
        try await store.systemRead { scope in
            var lines = try scope.signingKeys().map { "signing key \($0.number)" }
            for tenant in try scope.tenants() {
                lines.append("\(tenant)")
                let own = try scope.tenant(tenant.id)
                lines.append("\(try own.webhookSecrets().current)")
                lines += try own.credentials(includingRevoked: true).map(\.json.written)
                let page = PageRequest(page: 1, perPage: 100)
                let patients = try own.patientRepresentations(PatientFilter(), page: page)
                lines += patients.items.map { String(decoding: $0.bytes, as: UTF8.self) } + ["\(patients.total ?? -1)"]
                var byEmail = PatientFilter()
                byEmail.email = "@"
                lines.append("found \(try own.patientRepresentations(byEmail, page: page).total ?? -1)")
                let orders = try own.orderRepresentations(OrderFilter(), page: page)
                for order in orders.items {
                    lines.append(String(decoding: order.bytes, as: UTF8.self))
                    let id = try #require(OrderID(order.id))
                    let payload = try #require(try own.dispatchPayload(id))
                    lines.append("\(payload.patient.document)")
                }
                lines += try own.events(after: 0, limit: 1_000).map { String(decoding: $0.payload, as: UTF8.self) }
                for delivery in try own.deliveries(DeliveryFilter(), page: page).items {
                    lines.append("\(delivery.id) \(delivery.status) \(try own.attempts(of: delivery).count)")
                }
            }
            return lines
        }
    }
}
