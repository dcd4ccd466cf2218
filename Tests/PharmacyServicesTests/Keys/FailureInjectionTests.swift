import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

/// Every verb that writes is made to fail at each of its statements and at each of its commits. After each failure the
/// running server and one that is started on the same database must agree on everything there is to read: memory that is
/// ahead of the database would show as records that the new one cannot open, or has otherwise.
@Suite("Writes that fail", .serialized, .timeLimit(.minutes(5)))
struct FailureInjectionTests {
    /// A verb that can be run again and again.
    struct Verb: Sendable, CustomTestStringConvertible {
        let name: String
        /// Makes what one run works on, and returns the run.
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

    @Test("A verb that fails at any point leaves memory and database in agreement", arguments: Verb.all)
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

/// An installation whose writes can be made to fail, with something in it to lose.
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

    /// Ends every delivery and dispatch that earlier runs have left.
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

    var janitor: RetentionSweeper {
        RetentionSweeper(
            environment: installation.environment, retention: Retention(audit: .days(30)),
            logger: installation.logger)
    }

    /// An order whose pharmacy says nothing by itself.
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

    /// Reads everything twice, from the running server and from one that is started now, and compares. Then writes with
    /// the running server what the other must be able to read.
    /// - Parameter whole: also looks through everything that is stored twice.
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
            #expect(findings == [], "\(moment): what is stored twice does not agree")
        }
        await restarted.close()
        // So that what runs over all patients does no more each time.
        if let patient { try await installation.patients.delete(patient, tenant: installation.tenant) }
    }

    /// All that can be read of all tenants.
    private static func everything(in store: Store) async throws -> [String] {
        try await store.systemRead { scope in
            var lines = try scope.signingKeys().map { "signing key \($0.number)" }
            for tenant in try scope.tenants() {
                lines.append("\(tenant)")
                let own = try scope.tenant(tenant.id)
                lines.append("\(try own.webhookSecrets().current)")
                lines += try own.credentials(includingRevoked: true).map { "\($0.document)" }
                let page = PageRequest(page: 1, perPage: 100)
                let patients = try own.patientDocuments(PatientFilter(), page: page)
                lines += patients.items.map { String(decoding: $0, as: UTF8.self) } + ["\(patients.total ?? -1)"]
                var byEmail = PatientFilter()
                byEmail.email = "@"
                lines.append("found \(try own.patientDocuments(byEmail, page: page).total ?? -1)")
                let orders = try own.orderDocuments(OrderFilter(), page: page)
                for bytes in orders.items {
                    lines.append(String(decoding: bytes, as: UTF8.self))
                    let id = try #require(JSON.parse(bytes)["uuid"]?.text.flatMap(OrderID.init))
                    let papers = try #require(try own.dispatchPayload(id))
                    lines.append("\(papers.patient.document)")
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
