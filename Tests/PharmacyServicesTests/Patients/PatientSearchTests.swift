import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("Searches among patients", .timeLimit(.minutes(3)))
struct PatientSearchTests {
    private func create(
        _ installation: TestInstallation, _ first: String, _ last: String, born: String = "1984-02-29",
        phone: String? = nil, email: String = "x@example.com", externalID: String? = nil, middle: String? = nil
    ) async throws -> String {
        let body = TestInstallation.patient(email: email).with("first_name", .string(first))
            .with("last_name", .string(last)).with("date_of_birth", .string(born)).with("phone_work", JSON(phone))
            .with("external_id", JSON(externalID)).with("middle_name", JSON(middle))
        return try await installation.patients.create(body: body, tenant: installation.tenant, idempotency: nil)
            .value.patient.id.description
    }

    private func search(
        _ installation: TestInstallation, name: String? = nil, born: String? = nil, phone: String? = nil,
        email: String? = nil, externalID: String? = nil, page: Int = 1, perPage: Int = 15
    ) async throws -> (ids: [String], total: Int?) {
        let found = try await installation.patients.search(
            PatientSearch(
                name: name, dateOfBirth: born.flatMap(CalendarDate.init), phone: phone, email: email,
                externalID: externalID),
            page: PageRequest(page: page, perPage: perPage), tenant: installation.tenant)
        return (try found.items.compactMap { try JSON.parse($0.bytes)["uuid"]?.text }, found.total)
    }

    @Test("Patients are found by each criterion, and by all together, the newest first")
    func criteria() async throws {
        let installation = try await TestInstallation()
        let jane = try await create(
            installation, "Jane", "O'Neil-Smith", phone: "5551234567", email: "jane@example.com", externalID: "PAT-1",
            middle: "María")
        let john = try await create(
            installation, "John", "Smith", born: "1990-01-01", phone: "5551234568", email: "john@example.org")
        #expect(try await search(installation, name: "smith").ids == [john, jane])
        #expect(try await search(installation, name: "SMITH jan").ids == [jane])
        #expect(try await search(installation, name: "MARÍA").ids == [jane])
        #expect(try await search(installation, name: "o’neil").ids == [jane], "whichever apostrophe")
        #expect(try await search(installation, name: "smithjan").ids.isEmpty)
        #expect(try await search(installation, born: "1990-01-01").ids == [john])
        #expect(try await search(installation, phone: "5551234567").ids == [jane])
        #expect(try await search(installation, phone: "5551234560").ids.isEmpty)
        #expect(try await search(installation, email: "EXAMPLE.ORG").ids == [john])
        #expect(try await search(installation, externalID: "PAT-1").ids == [jane])
        #expect(try await search(installation, externalID: "PAT").ids.isEmpty)
        let all = try await search(
            installation, name: "jane", born: "1984-02-29", phone: "5551234567", email: "jane", externalID: "PAT-1")
        #expect(all.ids == [jane] && all.total == 1)
        #expect(try await search(installation, name: "jane", externalID: "PAT-2").ids.isEmpty)
    }

    @Test("A search sees what was created, changed and deleted since the one before")
    func changes() async throws {
        let installation = try await TestInstallation()
        let first = try await create(installation, "Ada", "Wells")
        #expect(try await search(installation, name: "wells").ids == [first])
        let second = try await create(installation, "Eve", "Wells")
        #expect(try await search(installation, name: "wells").ids == [second, first])
        let id = try #require(PatientID(first))
        _ = try await installation.patients.update(id, body: ["last_name": "Stone"], tenant: installation.tenant)
        #expect(try await search(installation, name: "wells").ids == [second])
        #expect(try await search(installation, name: "stone").ids == [first])
        try await installation.patients.delete(id, tenant: installation.tenant)
        #expect(try await search(installation, name: "stone").ids.isEmpty)
    }

    @Test("Results come in pages, are audited, and are the tenant's own")
    func pages() async throws {
        let installation = try await TestInstallation()
        var ids: [String] = []
        for number in 0..<5 { ids.append(try await create(installation, "Ada", "Wells", email: "\(number)@x.example")) }
        let other = try await installation.addTenant("acme")
        _ = try await installation.patients.create(
            body: TestInstallation.patient().with("last_name", "Wells"), tenant: other, idempotency: nil)
        let first = try await search(installation, name: "wells", page: 1, perPage: 2)
        let last = try await search(installation, name: "wells", page: 3, perPage: 2)
        #expect(first.ids == [ids[4], ids[3]] && last.ids == [ids[0]])
        #expect(first.total == 5 && last.total == 5)
        #expect(try await search(installation, name: "wells", page: 4, perPage: 2).ids.isEmpty)
        try await installation.flushAudit()
        #expect(try await installation.audited(.patientListed).contains(first.ids))
    }
}
