import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Patients", .timeLimit(.minutes(3)))
struct PatientTests {
    @Test("The e-mail search finds any part in any case, with exact totals, and follows changes and deletions")
    func emailSearch() async throws {
        let installation = try await TestInstallation()
        let tenant = installation.tenant
        func search(_ email: String) async throws -> Page<Representation> {
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

    @Test("A possible duplicate is created, and the response names the other patient")
    func duplicates() async throws {
        let installation = try await TestInstallation()
        let first = try await installation.createPatient()
        let second = try await installation.patients.create(
            body: TestInstallation.patient(email: "another@example.com"), tenant: installation.tenant,
            idempotency: nil)
        #expect(second.value.possibleDuplicates == [first])
    }

    @Test("After a wipe no record of a sandbox is found, and its tokens are invalid")
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

    // MARK: Verbs from Swift

    private func details() -> PatientDetails {
        var generator = SeededGenerator(seed: 7)
        return generator.patientDetails()
    }

    /// The messages of a refused verb.
    private func refusal(_ verb: () async throws -> Void) async -> [String]? {
        let error = await #expect(throws: ServiceError.self) { try await verb() }
        guard case .invalid(let errors) = error else { return nil }
        return errors.fields.flatMap(\.sentences)
    }

    @Test("A patient is created, read, changed and deleted without any JSON")
    func verbs() async throws {
        let installation = try await TestInstallation()
        let (patients, tenant) = (installation.patients, installation.tenant)
        let details = details()
        let created = try await patients.create(details, tenant: tenant, idempotency: nil)
        #expect(!created.isReplay && created.value.possibleDuplicates.isEmpty)
        let patient = created.value.patient
        #expect(patient.details == details && patient.sync == .pending)
        #expect(patient.createdAt == patient.updatedAt)

        let changed = try await patients.update(patient.id, tenant: tenant) { details throws(ValidationErrors) in
            var details = details
            details.city = "Dallas"
            details.address2 = nil
            return details
        }
        var expected = details
        (expected.city, expected.address2) = ("Dallas", nil)
        #expect(changed.details == expected && changed.id == patient.id)
        let shown = try await patients.get(patient.id, tenant: tenant)
        #expect(shown.bytes == changed.json.bytes && shown.id == patient.id.description)

        try await patients.delete(patient.id, tenant: tenant)
        await #expect(throws: ServiceError.notFound) { _ = try await patients.get(patient.id, tenant: tenant) }
    }

    @Test("Details created in code that break rules are refused with all errors, and nothing is stored")
    func invalidDetails() async throws {
        let installation = try await TestInstallation()
        let (patients, tenant) = (installation.patients, installation.tenant)
        var details = details()
        (details.firstName, details.zip) = ("1", "1")
        let invalid = details
        let sentences = [
            "first_name may have letters, spaces, hyphens and apostrophes only: it has “1” (the 1st character).",
            "zip must be 5 or 9 digits: it has 1.",
        ]
        #expect(
            await refusal { _ = try await patients.create(invalid, tenant: tenant, idempotency: nil) } == sentences)
        let id = try await installation.createPatient()
        let before = try await patients.get(id, tenant: tenant)
        #expect(
            await refusal {
                _ = try await patients.update(id, tenant: tenant) { _ throws(ValidationErrors) in invalid }
            } == sentences)
        #expect(
            await refusal {
                _ = try await patients.update(id, tenant: tenant) { _ throws(ValidationErrors) in
                    throw ValidationErrors("city", "city is closed.")
                }
            } == ["city is closed."])
        #expect(try await patients.get(id, tenant: tenant) == before)
        let all = try await patients.list(PatientFilter(), page: PageRequest(page: 1, perPage: 5), tenant: tenant)
        #expect(all.total == 1)
    }

    @Test("A member that is older than its rule allows changes of others, but cannot be written again")
    func olderRule() async throws {
        let installation = try await TestInstallation()
        let (patients, tenant) = (installation.patients, installation.tenant)
        let id = try await installation.createPatient()
        // As an earlier version stored names.
        _ = try await installation.environment.store.write(tenant.id) { scope in
            var patient = try #require(try scope.patient(id))
            (patient.details.firstName, patient.details.phoneHome) = ("Jane 2", "1")
            return try scope.updatePatient(patient, at: installation.time.now())
        }
        let changed = try await patients.update(id, body: ["city": "Dallas"], tenant: tenant)
        #expect(changed.details.city == "Dallas" && changed.details.firstName == "Jane 2")
        #expect(
            await refusal { _ = try await patients.update(id, body: ["first_name": "Jane 2"], tenant: tenant) }
                == [
                    "first_name may have letters, spaces, hyphens and apostrophes only: it has “2” (the 6th character)."
                ])
        #expect(
            await refusal {
                _ = try await patients.update(id, tenant: tenant) { details throws(ValidationErrors) in
                    var details = details
                    details.phoneHome = "2"
                    return details
                }
            } == ["phone_home must be exactly 10 digits: it has 1."])
    }

    @Test("A retry of a creation returns the patient that the first request created")
    func replay() async throws {
        let installation = try await TestInstallation()
        let request = IdempotencyRequest(key: "k", operation: "POST patients", body: [1])
        let first = try await installation.patients.create(
            details(), tenant: installation.tenant, idempotency: request)
        // Times are recorded in whole seconds.
        installation.time.advance(by: .seconds(5))
        let again = try await installation.patients.create(
            details(), tenant: installation.tenant, idempotency: request)
        #expect(again.isReplay && !first.isReplay)
        #expect(again.value.patient.json == first.value.patient.json)
        #expect(again.value.possibleDuplicates == first.value.possibleDuplicates)
    }
}
