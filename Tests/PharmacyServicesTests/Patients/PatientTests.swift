import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("Patients")
struct PatientTests {
    @Test("The e-mail search finds any part in any case, exactly counted, and follows changes and deletions")
    func emailSearch() async throws {
        let installation = try await TestInstallation()
        let tenant = installation.tenant
        func search(_ email: String) async throws -> Page<Document> {
            var filter = PatientFilter()
            filter.email = email
            return try await installation.patients.list(
                filter, page: PageRequest(page: 1, perPage: 2), tenant: tenant)
        }
        var ids: [PatientID] = []
        for number in 0..<5 { ids.append(try await installation.createPatient(email: "P\(number)@Example.com")) }
        #expect(try await search("EXAMPLE.com").total == 5)
        #expect(try await search("example.com").items.count == 2)
        let newest = try JSON.parse(try #require(try await search("example.com").items.first).bytes)
        #expect(newest["uuid"]?.text == ids[4].description)
        #expect(try await search("p3@").total == 1)
        #expect(try await search("p_@").total == 0)
        #expect(try await search("%").total == 0)
        _ = try await installation.patients.update(ids[3], body: ["email": "other@else.org"], tenant: tenant)
        #expect(try await search("p3@").total == 0)
        #expect(try await search("else.org").total == 1)
        try await installation.patients.delete(ids[0], tenant: tenant)
        #expect(try await search("example.com").total == 3)
        await #expect(throws: ServiceError.notFound) { try await installation.patients.get(ids[0], tenant: tenant) }
    }

    @Test("A patient like another is made all the same, and the answer names the other")
    func duplicates() async throws {
        let installation = try await TestInstallation()
        let first = try await installation.createPatient()
        let second = try await installation.patients.create(
            body: TestInstallation.patient(email: "another@example.com"), tenant: installation.tenant,
            idempotency: nil)
        #expect(second.value.possibleDuplicates == [first])
    }

    @Test("After a wipe nothing of a sandbox is found, and its tokens are void")
    func wipe() async throws {
        let installation = try await TestInstallation()
        let tenant = installation.tenant
        let id = try await installation.createPatient()
        let credential = try await installation.accounts.createCredential(
            body: [:], authority: .setupToken(TestInstallation.setupToken), tenant: tenant, idempotency: nil
        ).value
        let tokens = try await installation.accounts.issueToken(
            clientID: credential["client_id"]?.text ?? "", clientSecret: credential["client_secret"]?.text ?? "",
            tenant: tenant)
        _ = try await installation.accounts.authenticate(accessToken: tokens.accessToken, tenant: tenant)
        try await installation.controls.wipe(tenant)
        await #expect(throws: ServiceError.notFound) { try await installation.patients.get(id, tenant: tenant) }
        await #expect(throws: ServiceError.unauthenticated) {
            _ = try await installation.accounts.authenticate(accessToken: tokens.accessToken, tenant: tenant)
        }
        await #expect(throws: ServiceError.invalidGrant) {
            _ = try await installation.accounts.refresh(tokens.refreshToken, tenant: tenant, idempotency: nil)
        }
        let fresh = try await installation.createPatient(email: "new@example.com")
        var filter = PatientFilter()
        filter.email = "example"
        let found = try await installation.patients.list(
            filter, page: PageRequest(page: 1, perPage: 15), tenant: tenant)
        #expect(found.total == 1)
        #expect(try JSON.parse(found.items[0].bytes)["uuid"]?.text == fresh.description)
    }
}
