import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Representations of another version", .timeLimit(.minutes(3)))
struct RepresentationVersionTests {
    /// A patient with an order and a deleted patient, in each of two tenants.
    private struct Fixture: Sendable {
        static let start = Timestamp(milliseconds: 1_700_000_000_000)
        static let page = PageRequest(page: 1, perPage: 10)
        let database: TestDatabase
        let tenants: [TenantID]
        private(set) var patient: Patient
        private(set) var order: Order
        let deleted: PatientID
        /// Of the first tenant, with an e-mail address that only this patient has.
        var tenant: TenantID { tenants[0] }

        init(_ engine: TestDatabase.Engine) async throws {
            database = try TestDatabase(on: engine)
            var generator = SeededGenerator(seed: 1)
            let tenants = ["acme", "other"].map { name in
                Tenant(
                    id: generator.identifier(), name: name, kind: .sandbox, status: .active,
                    createdAt: Fixture.start, resetsAt: nil)
            }
            self.tenants = tenants.map(\.id)
            let store = try await Fixture.open(database, .documents)
            try await store.systemWrite { scope in
                for tenant in tenants {
                    try scope.createTenant(
                        tenant, dataKey: [UInt8](repeating: 9, count: 32), webhookSecret: "whsec_\(tenant.name)")
                }
            }
            var made: [(Patient, Order, PatientID)] = []
            for tenant in tenants { made.append(try await Fixture.fill(store, tenant.id)) }
            (patient, order, deleted) = made[0]
            await store.close()
        }

        private static func open(_ database: TestDatabase, _ renderings: Renderings) async throws -> Store {
            try await Store(
                engine: database.open(), masterKey: .fixed([UInt8](repeating: 7, count: 32)), renderings: renderings,
                now: start)
        }

        /// Opens the database as a program with these renderings does, and closes it again.
        func opened<Result: Sendable>(
            _ renderings: Renderings, _ work: (Store) async throws -> Result
        ) async throws -> Result {
            let store = try await Fixture.open(database, renderings)
            do {
                let result = try await work(store)
                await store.close()
                return result
            } catch {
                await store.close()
                throw error
            }
        }

        private static func fill(_ store: Store, _ tenant: TenantID) async throws -> (Patient, Order, PatientID) {
            try await store.write(tenant) { scope in
                let stamp = try scope.stamp(at: start)
                func add(_ email: String) throws -> Patient {
                    let details = try PatientDetails(
                        parsing: TestInstallation.patient(email: email), today: CalendarDate(start))
                    let patient = Patient(
                        id: PatientID(UUID()), details: details, createdAt: stamp, updatedAt: stamp)
                    try scope.insertPatient(patient)
                    return patient
                }
                let gone = try add("gone@example.com")
                #expect(try scope.deletePatient(gone.id, at: start))
                let patient = try add("jane.doe@example.com")
                let terms = OrderTerms(
                    patientID: patient.id, pharmacyID: SimulatedPharmacies.all[0].id, medicationID: "m",
                    dispenseQuantity: 4, daysSupply: nil, reference: "ORD-1", customerReference: nil, memo: nil,
                    clinicalNotes: nil, webhookURLs: [])
                let placed = Order.placed(
                    id: OrderID(UUID()), eventID: EventID(UUID()), terms: terms, medication: .sample, at: stamp)
                try scope.insertOrder(
                    placed.order, patient: patient, event: placed.event, dispatchAt: start,
                    newID: { DeliveryID(UUID()) })
                // As documents store it: in whole seconds, and the medication's id for both.
                let order = try #require(try scope.order(placed.order.id)?.order)
                return (patient, order, gone.id)
            }
        }

        /// The bytes of every way to read the patient and the order: one, lists in both orders, searches.
        func reads(_ store: Store) async throws -> (patients: [Representation], orders: [Representation]) {
            let (patient, order) = (patient, order)
            var email = PatientFilter()
            email.email = "jane.doe"
            var changed = PatientFilter()
            changed.updatedSince = Fixture.start
            var reference = OrderFilter()
            reference.reference = "ORD-1"
            let (byEmail, byChange, byReference) = (email, changed, reference)
            return try await store.read(tenant) { scope in
                var patients = [try scope.patientRepresentation(patient.id)].compactMap(\.self)
                for filter in [PatientFilter(), byEmail, byChange] {
                    patients += try scope.patientRepresentations(filter, page: Fixture.page).items
                }
                var orders = [try scope.orderRepresentation(order.id)].compactMap(\.self)
                for filter in [OrderFilter(), byReference] {
                    orders += try scope.orderRepresentations(filter, page: Fixture.page).items
                }
                return (patients, orders)
            }
        }

        /// The stored bytes of the patient and of the order.
        func stored(_ store: Store) async throws -> (patient: StoredRecord, order: StoredRecord) {
            let (patient, order) = (patient.id.description, order.id.description)
            return try await store.read(tenant) { scope in
                func record(_ sql: SQL, _ kind: StaticString, _ id: String) throws -> StoredRecord {
                    let sealed = try #require(try scope.db.row(sql, [.text(id)]) { try $0.blob(0) })
                    return try StoredRecord(try scope.open(sealed, kind, id), id: id)
                }
                return (
                    try record("SELECT document FROM patients WHERE uuid = $1", "patient", patient),
                    try record("SELECT document FROM orders WHERE uuid = $1", "order", order)
                )
            }
        }

        /// Writes both again, as verbs do that change them.
        mutating func change(_ store: Store) async throws {
            var (patient, order) = (patient, order)
            patient.details.city = "Dallas"
            let changed = patient
            (patient, order) = try await store.write(tenant) { [order] scope in
                let record = try #require(try scope.order(order.id))
                let (cancelled, events) = record.order.applying(
                    [Order.Report(.cancelled)], at: try scope.stamp(at: Fixture.start)
                ) { EventID(UUID()) }
                try scope.updateOrder(
                    record, to: cancelled, events: events, dueAt: Fixture.start, newID: { DeliveryID(UUID()) })
                return (try scope.updatePatient(changed, at: Fixture.start), cancelled)
            }
            (self.patient, self.order) = (patient, order)
        }
    }

    private func expect(
        _ found: (patients: [Representation], orders: [Representation]), version: Int, _ patient: JSON, _ order: JSON,
        location: SourceLocation = #_sourceLocation
    ) {
        #expect(found.patients.count == 4 && found.orders.count == 3, sourceLocation: location)
        let all = found.patients + found.orders
        #expect(all.allSatisfy { $0.version == version }, sourceLocation: location)
        #expect(found.patients.allSatisfy { $0.bytes == patient.bytes }, sourceLocation: location)
        #expect(found.orders.allSatisfy { $0.bytes == order.bytes }, sourceLocation: location)
    }

    @Test(
        "A stored representation of another version is rendered again when it is read", arguments: TestDatabase.engines)
    func renderedAgain(engine: TestDatabase.Engine) async throws {
        var fixture = try await Fixture(engine)
        try await fixture.opened(.documents) { [fixture] store in
            let (patient, order) = (fixture.patient.document, fixture.order.document)
            expect(try await fixture.reads(store), version: 1, patient, order)
            // The first layout, which every earlier program wrote: the document alone.
            let stored = try await fixture.stored(store)
            #expect(stored.patient.bytes == patient.bytes && stored.order.bytes == order.bytes)
        }

        fixture = try await fixture.opened(.version2) { [fixture] store in
            var fixture = fixture
            let (patient, order) = (fixture.patient.document, fixture.order.document)
            expect(try await fixture.reads(store), version: 2, ["v2": patient], ["v2": order])
            // Reading writes nothing.
            #expect(try await fixture.stored(store).patient.bytes == patient.bytes)

            try await fixture.change(store)
            let (changed, cancelled) = (fixture.patient.document, fixture.order.document)
            #expect(changed["city"] == "Dallas" && cancelled["status"] == "cancelled")
            expect(try await fixture.reads(store), version: 2, ["v2": changed], ["v2": cancelled])
            let stored = try await fixture.stored(store)
            #expect(stored.patient.bytes.first == 2 && stored.order.bytes.first == 2)
            #expect(stored.patient.representation.bytes == (["v2": changed] as JSON).bytes)
            #expect(stored.order.representation.bytes == (["v2": cancelled] as JSON).bytes)
            #expect(try stored.patient.document() == changed && stored.order.document() == cancelled)
            return fixture
        }

        // A program of before, after a rollback: what the later one wrote is rendered again, too.
        try await fixture.opened(.documents) { [fixture] store in
            expect(try await fixture.reads(store), version: 1, fixture.patient.document, fixture.order.document)
            let (patient, order) = (fixture.patient, fixture.order)
            try await store.read(fixture.tenant) { scope throws in
                #expect(try scope.patient(patient.id) == patient)
                #expect(try scope.order(order.id)?.order == order)
                // The snapshot of the patient stays as it was when the order was placed.
                #expect(try scope.dispatchPayload(order.id)?.patient.details.city == "Austin")
            }
        }
    }

    @Test("A deleted patient is rendered by the present version", arguments: TestDatabase.engines)
    func deleted(engine: TestDatabase.Engine) async throws {
        let fixture = try await Fixture(engine)
        var filter = PatientFilter()
        filter.updatedSince = Fixture.start
        filter.includesDeleted = true
        let wanted = filter
        for (renderings, version) in [(Renderings.documents, 1), (Renderings.version2, 2)] {
            let found = try await fixture.opened(renderings) { store in
                try await store.read(fixture.tenant) { try $0.patientRepresentations(wanted, page: Fixture.page).items }
            }
            let gone = try #require(found.first { $0.id == fixture.deleted.description })
            #expect(found.count == 2 && gone.version == version)
            let id = JSON.string(fixture.deleted.description)
            let json = try JSON.parse(gone.bytes)
            #expect(
                version == 1
                    ? json == ["uuid": id, "deleted_at": JSON(Fixture.start)]
                    : json == ["v2": id, "deleted": JSON(Fixture.start)])
        }
    }

    @Test("Records of a later version are read by their own tenant only", arguments: TestDatabase.engines)
    func otherTenant(engine: TestDatabase.Engine) async throws {
        var fixture = try await Fixture(engine)
        try await fixture.opened(.version2) { store in
            try await fixture.change(store)
            // The other tenant has a patient with the same address, and reads only its own one.
            var filter = PatientFilter()
            filter.email = "jane.doe"
            let wanted = filter
            let others = try await store.read(fixture.tenants[1]) {
                try $0.patientRepresentations(wanted, page: Fixture.page).items
            }
            #expect(others.count == 1 && others[0].version == 2 && others[0].id != fixture.patient.id.description)
            try await store.read(fixture.tenants[1]) { [fixture] scope throws in
                #expect(try scope.patientRepresentation(fixture.patient.id) == nil)
                #expect(try scope.orderRepresentation(fixture.order.id) == nil)
            }
        }
    }
}
