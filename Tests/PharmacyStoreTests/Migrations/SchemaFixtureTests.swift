import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Databases that earlier programs left", .timeLimit(.minutes(3)))
struct SchemaFixtureTests {
    @Test("There is one of every schema version but the newest, which may not be released yet")
    func fixtures() {
        let versions = SchemaFixture.all.map(\.version)
        #expect(versions == Array(1...max(versions.count, 1)))
        #expect((Migrations.steps.count - 1...Migrations.steps.count).contains(versions.count))
    }

    @Test(
        "Each migrates to the newest version, and its patient, order and credential can be read",
        arguments: TestDatabase.engines, SchemaFixture.all)
    func migrates(engine: TestDatabase.Engine, fixture: SchemaFixture) async throws {
        let engine = try await fixture.open(on: engine)
        let store = try await Store(engine: engine, masterKey: .fixed(SchemaSample.masterKey), now: SchemaSample.now)
        #expect(store.schemaStep == Migrations.steps.count)
        let tenant = try #require(TenantID(SchemaSample.tenant))
        try await patients(of: tenant, in: store)
        try await orders(of: tenant, in: store)
        try await credentials(of: tenant, in: store)
        #expect(try await store.read(tenant) { try $0.webhookSecrets().current } == SchemaSample.webhookSecret)
        await store.close()
    }

    private func patients(of tenant: TenantID, in store: Store) async throws {
        let id = try #require(PatientID(SchemaSample.patient))
        let patient = try await store.read(tenant) { try $0.patient(id) }
        #expect(patient?.details.email == SchemaSample.email)
        #expect(patient?.createdAt == SchemaSample.now)
        let foreign = try #require(PatientID(SchemaSample.otherPatient))
        #expect(try await store.read(tenant) { try $0.patient(foreign) } == nil)
        for change in [
            { $0.email = "doe@EXAMPLE" }, { $0.externalID = "MRN-1" }, { $0.updatedSince = SchemaSample.now },
        ] as [@Sendable (inout PatientFilter) -> Void] {
            let page = try await store.read(tenant) { scope in
                var filter = PatientFilter()
                change(&filter)
                return try scope.patientRepresentations(filter, page: TwoTenants.page)
            }
            #expect(try TwoTenants.ids(page.items) == [SchemaSample.patient])
        }
    }

    private func orders(of tenant: TenantID, in store: Store) async throws {
        let id = try #require(OrderID(SchemaSample.order))
        let order = try await store.read(tenant) { try $0.order(id)?.order }
        #expect(order?.status == .pending)
        #expect(order?.patientID.description == SchemaSample.patient)
        #expect(order?.terms.reference == "ORD-1")
        #expect(
            try await store.read(tenant) { try $0.dispatchPayload(id)?.patient.details.email } == SchemaSample.email)
        for change in [
            { $0.reference = "ORD-1" }, { $0.customerReference = "CUST-1" }, { $0.updatedSince = SchemaSample.now },
        ] as [@Sendable (inout OrderFilter) -> Void] {
            let page = try await store.read(tenant) { scope in
                var filter = OrderFilter()
                change(&filter)
                return try scope.orderRepresentations(filter, page: TwoTenants.page)
            }
            #expect(try TwoTenants.ids(page.items) == [SchemaSample.order])
        }
    }

    private func credentials(of tenant: TenantID, in store: Store) async throws {
        let client = try #require(ClientID(SchemaSample.credential))
        let login = try await store.read(tenant) { try $0.login(of: client) }
        #expect(login?.secretHash == TokenHash.of(SchemaSample.secret))
        #expect(login?.scopes.contains(.write) == true)
        let token = try await store.read(tenant) {
            try $0.refreshToken(hash: TokenHash.of(SchemaSample.refreshToken))
        }
        #expect(token?.clientID == client)
        #expect(token?.decision(at: SchemaSample.now) == .rotate)
    }
}
