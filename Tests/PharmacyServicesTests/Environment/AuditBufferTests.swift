import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Reads in the audit log", .timeLimit(.minutes(3)))
struct AuditBufferTests {
    private func reads(_ installation: TestInstallation) async throws -> [AuditEvent] {
        var filter = AuditFilter()
        filter.action = .patientRead
        let wanted = filter
        return try await installation.environment.store.systemRead {
            try $0.auditEntries(wanted, after: 0, limit: 5_000).compactMap(\.entry?.event)
        }
    }

    private func caller(_ installation: TestInstallation) async throws -> Caller {
        let accounts = installation.accounts
        let credential = try await accounts.createCredential(
            body: ["name": "Reader"], authority: .setupToken(TestInstallation.setupToken),
            tenant: installation.tenant, idempotency: nil)
        let tokens = try await accounts.issueToken(
            clientID: try #require(credential.value["client_id"]?.text),
            clientSecret: try #require(credential.value["client_secret"]?.text), tenant: installation.tenant)
        return try await accounts.authenticate(accessToken: tokens.accessToken, tenant: installation.tenant)
    }

    @Test("A read is in the log within 250 ms, with its caller and its request")
    func window() async throws {
        let installation = try await TestInstallation()
        let id = try await installation.createPatient()
        let start = installation.time.now()
        let caller = try await caller(installation)
        let buffer = installation.environment.auditBuffer
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await buffer.run() }
            _ = try await withAuditActor(as: caller, requestID: "r-1") {
                try await installation.patients.get(id, tenant: installation.tenant)
            }
            await installation.time.advanceToNextSleeper()
            while try await reads(installation).isEmpty { await Task.yield() }
            group.cancelAll()
        }
        #expect(installation.time.now().since(start) <= ServiceLimits.auditWindow)
        let event = try #require(try await reads(installation).first)
        #expect(event.actor == .credential(caller.clientID))
        #expect(event.requestID == "r-1")
        #expect(event.subjects == [id.description])
        #expect(event.tenant == installation.tenant.id)
    }

    @Test("A shutdown writes the events that wait")
    func end() async throws {
        let installation = try await TestInstallation()
        let id = try await installation.createPatient()
        _ = try await installation.patients.get(id, tenant: installation.tenant)
        let buffer = installation.environment.auditBuffer
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await buffer.run() }
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(try await reads(installation).count == 1)
    }

    @Test("When the buffer is full, the next read writes all events instead of dropping one")
    func bound() async throws {
        let installation = try await TestInstallation()
        let id = try await installation.createPatient()
        for _ in 1..<ServiceLimits.waitingAuditEvents {
            _ = try await installation.patients.get(id, tenant: installation.tenant)
        }
        #expect(try await reads(installation).isEmpty)
        _ = try await installation.patients.get(id, tenant: installation.tenant)
        #expect(try await reads(installation).count == ServiceLimits.waitingAuditEvents)
    }
}
