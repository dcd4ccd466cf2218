import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("A tenant's entries of the audit log", .timeLimit(.minutes(2)))
struct TenantAuditLogTests {
    private func actions(
        _ installation: TestInstallation, _ filter: AuditFilter = AuditFilter(), tenant: Tenant? = nil
    ) async throws -> [AuditAction] {
        try await TenantAuditLog(environment: installation.environment).entries(
            filter, limit: 100, tenant: tenant ?? installation.tenant
        ).entries.map(\.event.action)
    }

    @Test("It has the tenant's own entries, reads included, newest first, and the read itself next time")
    func own() async throws {
        let installation = try await TestInstallation()
        let other = try await installation.addTenant("other")
        let patient = try await installation.createPatient()
        _ = try await installation.patients.get(patient, tenant: installation.tenant)
        _ = try await installation.patients.create(body: TestInstallation.patient(), tenant: other, idempotency: nil)
        #expect(try await actions(installation).prefix(2) == [.patientRead, .patientCreated])
        #expect(try await actions(installation).first == .auditListed)
        #expect(try await actions(installation, tenant: other) == [.patientCreated])
        var filter = AuditFilter()
        filter.subject = patient.description
        // The filter's tenant is not the caller's choice.
        filter.tenant = other.id
        #expect(try await actions(installation, filter) == [.patientRead, .patientCreated])
    }

    @Test("Pages follow each other without a gap")
    func pages() async throws {
        let installation = try await TestInstallation()
        let log = TenantAuditLog(environment: installation.environment)
        for _ in 0..<7 { _ = try await installation.createPatient() }
        var filter = AuditFilter()
        filter.action = .patientCreated
        var (seen, before, rounds): ([Int64], Int64?, Int) = ([], nil, 0)
        repeat {
            let page = try await log.entries(filter, before: before, limit: 3, tenant: installation.tenant)
            seen += page.entries.map(\.sequence)
            before = page.next
            rounds += 1
        } while before != nil
        #expect(seen.count == 7 && seen == seen.sorted(by: >) && Set(seen).count == 7)
        #expect(rounds == 3)
    }

    @Test("A search examines a limited part of the log, and continues")
    func examined() async throws {
        let installation = try await TestInstallation()
        _ = try await installation.createPatient()
        let (store, now, tenant) = (installation.environment.store, installation.time.now(), installation.tenant.id)
        try await store.systemWrite(.log) { scope in
            for _ in 0..<50 { scope.audit(.serverStarted, [], at: now) }
        }
        var filter = AuditFilter()
        filter.action = .patientCreated
        filter.tenant = tenant
        let wanted = filter
        var (found, before, rounds): (Int, Int64?, Int) = (0, nil, 0)
        repeat {
            let start = before
            let page = try await store.systemRead {
                try $0.newestAuditEntries(wanted, before: start, limit: 5, examining: 20)
            }
            found += page.entries.count
            before = page.next
            rounds += 1
        } while before != nil
        #expect(found == 1 && rounds >= 3)
    }
}
