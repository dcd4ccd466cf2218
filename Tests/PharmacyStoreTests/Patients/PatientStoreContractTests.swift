import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("The contract of the store: patients", .timeLimit(.minutes(2)))
struct PatientStoreContractTests {
    @Test("A patient is read by its own tenant and by no other", arguments: TestDatabase.engines)
    func read(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let own = try await tenants.addPatient()
            let other = try await tenants.addPatient(of: tenants.other)
            #expect(try await tenants.read { try $0.patient(own.id) } == own)
            #expect(try await tenants.read { try $0.patientRepresentation(own.id)?.bytes } == own.document.bytes)
            #expect(try await tenants.read { try $0.patient(other.id) } == nil)
            #expect(try await tenants.read { try $0.patientRepresentation(other.id)?.bytes } == nil)
        }
    }

    @Test("A list has the tenant's own patients, newest first, and counts no others", arguments: TestDatabase.engines)
    func list(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let first = try await tenants.addPatient()
            try await tenants.addPatient(of: tenants.other)
            let second = try await tenants.addPatient()
            let page = try await tenants.read { try $0.patientRepresentations(PatientFilter(), page: TwoTenants.page) }
            #expect(try TwoTenants.ids(page.items) == [second.id.description, first.id.description])
            #expect(page.total == 2)
        }
    }

    /// A filter that the records of both tenants match.
    struct Search: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let filter: PatientFilter

        init(_ description: String, _ change: (inout PatientFilter) -> Void) {
            testDescription = description
            var filter = PatientFilter()
            change(&filter)
            self.filter = filter
        }
    }

    @Test(
        "A search finds the tenant's own patients alone", arguments: TestDatabase.engines,
        [
            Search("part of the email address") { $0.email = "DOE@example" },
            Search("external id") { $0.externalID = "MRN-1" },
            Search("changed since") { $0.updatedSince = TwoTenants.now },
            Search("all of them") {
                $0.email = "jane"
                $0.externalID = "MRN-1"
                $0.updatedSince = TwoTenants.now
            },
        ])
    func search(engine: TestDatabase.Engine, search: Search) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let own = try await tenants.addPatient()
            try await tenants.addPatient(of: tenants.other)
            let page = try await tenants.read { try $0.patientRepresentations(search.filter, page: TwoTenants.page) }
            #expect(try TwoTenants.ids(page.items) == [own.id.description])
            #expect(page.total == 1)
        }
    }

    @Test(
        "A search that may run on its caller's thread finds the same, also after more changes than it would index there",
        arguments: TestDatabase.engines)
    func directSearch(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            var filter = PatientFilter()
            filter.email = "quokka"
            for count in [1, 3, StoreLimits.changesIndexedDirectly + 2] {
                for _ in 0..<count { try await tenants.addPatient(email: "quokka@example.com") }
                for perPage in [2, 100] {
                    let (filter, request) = (filter, PageRequest(page: 1, perPage: perPage))
                    let page = try await tenants.store.readRecord(tenants.own) {
                        try $0.patientRepresentations(filter, page: request)
                    }
                    let expected = try await tenants.read { try $0.patientRepresentations(filter, page: request) }
                    #expect(page.items.map(\.id) == expected.items.map(\.id))
                    #expect(page.total == expected.total)
                    #expect(page.items.count == min(perPage, page.total ?? 0))
                }
            }
        }
    }

    @Test("Patients that look like the same person are the tenant's own", arguments: TestDatabase.engines)
    func duplicates(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let own = try await tenants.addPatient()
            try await tenants.addPatient(of: tenants.other)
            let details = try TwoTenants.details()
            #expect(try await tenants.read { try $0.patientsLike(details) } == [own.id])
        }
    }

    @Test("An update changes the tenant's own patient and no other's", arguments: TestDatabase.engines)
    func update(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let own = try await tenants.addPatient()
            let other = try await tenants.addPatient(of: tenants.other)
            let details = try TwoTenants.details(email: "new@example.com")
            let later = TwoTenants.now + .seconds(5)
            for patient in [own, other] {
                let changed = Patient(
                    id: patient.id, details: details, createdAt: patient.createdAt, updatedAt: patient.updatedAt)
                try await tenants.write { _ = try $0.updatePatient(changed, at: later) }
            }
            let updated = try await tenants.read { try $0.patient(own.id) }
            #expect(updated?.details == details)
            #expect(updated?.updatedAt == later)
            #expect(try await tenants.store.read(tenants.other) { try $0.patient(other.id) } == other)
        }
    }

    @Test("A deletion removes the tenant's own patient and no other's", arguments: TestDatabase.engines)
    func delete(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let own = try await tenants.addPatient()
            let other = try await tenants.addPatient(of: tenants.other)
            #expect(try await tenants.write { try $0.deletePatient(other.id, at: TwoTenants.now) } == false)
            #expect(try await tenants.write { try $0.deletePatient(own.id, at: TwoTenants.now) })
            #expect(try await tenants.write { try $0.deletePatient(own.id, at: TwoTenants.now) } == false)
            #expect(try await tenants.read { try $0.patient(own.id) } == nil)
            #expect(try await tenants.store.read(tenants.other) { try $0.patient(other.id) } == other)
            var deleted = PatientFilter()
            deleted.updatedSince = TwoTenants.now
            deleted.includesDeleted = true
            let filter = deleted
            let page = try await tenants.read { try $0.patientRepresentations(filter, page: TwoTenants.page) }
            #expect(try TwoTenants.ids(page.items) == [own.id.description])
        }
    }

    @Test("A cursor continues the tenant's own list and is refused by another tenant", arguments: TestDatabase.engines)
    func cursor(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let first = try await tenants.addPatient()
            try await tenants.addPatient()
            try await tenants.addPatient(of: tenants.other)
            try await tenants.addPatient(of: tenants.other)
            let page = try await tenants.read {
                try $0.patientRepresentations(PatientFilter(), page: PageRequest(page: 1, perPage: 1))
            }
            guard case .after(let cursor) = page.next else {
                Issue.record("the list has a second page")
                return
            }
            let next = PageRequest(after: cursor, perPage: 1)
            let rest = try await tenants.read { try $0.patientRepresentations(PatientFilter(), page: next) }
            #expect(try TwoTenants.ids(rest.items) == [first.id.description])
            await #expect(throws: ListCursor.Fault.foreign) {
                _ = try await tenants.store.read(tenants.other) {
                    try $0.patientRepresentations(PatientFilter(), page: next)
                }
            }
        }
    }
}
