import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Reads in the audit log", .timeLimit(.minutes(1)))
struct AuditTrailTests {
    private func reads(_ installation: TestInstallation) async throws -> [AuditEvent] {
        var filter = AuditFilter()
        filter.action = .patientRead
        let wanted = filter
        return try await installation.environment.store.systemRead {
            try $0.auditEntries(wanted, after: 0, limit: 5_000).compactMap(\.entry?.event)
        }
    }

    @Test("A read is a line within 250 ms, with its caller and its request")
    func window() async throws {
        let installation = try await TestInstallation()
        let id = try await installation.createPatient()
        let start = installation.time.now()
        let client: ClientID = installation.environment.entropy.identifier()
        let writer = AuditWriter(environment: installation.environment, logger: installation.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await writer.run() }
            _ = try await acting(as: Caller(clientID: client, credentialCreatedAt: start), requestID: "r-1") {
                try await installation.patients.get(id, tenant: installation.tenant)
            }
            await installation.time.advanceToNextSleeper()
            while try await reads(installation).isEmpty { await Task.yield() }
            group.cancelAll()
        }
        #expect(installation.time.now().since(start) <= ServiceLimits.auditWindow)
        let event = try #require(try await reads(installation).first)
        #expect(event.actor == .credential(client))
        #expect(event.requestID == "r-1")
        #expect(event.subjects == [id.description])
        #expect(event.tenant == installation.tenant.id)
    }

    @Test("The end of the server writes what waits")
    func end() async throws {
        let installation = try await TestInstallation()
        let id = try await installation.createPatient()
        _ = try await installation.patients.get(id, tenant: installation.tenant)
        let writer = AuditWriter(environment: installation.environment, logger: installation.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await writer.run() }
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(try await reads(installation).count == 1)
    }

    @Test("When as many lines wait as may, the next read writes them all instead of dropping one")
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
