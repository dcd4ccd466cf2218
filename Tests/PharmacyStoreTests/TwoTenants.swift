import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

/// A store with two tenants. The contracts of the store call it as the first; the second has records with the same names,
/// addresses, references and URLs, which must never appear and never change.
struct TwoTenants: Sendable {
    static let now = Timestamp(milliseconds: 1_700_000_000_000)
    static let page = PageRequest(page: 1, perPage: PageRequest.maximumPerPage)
    static let url = "http://127.0.0.1:9/orders"

    let store: Store
    let own: TenantID
    let other: TenantID

    init(on engine: TestDatabase.Engine) async throws {
        let store = try await TestDatabase(on: engine)
            .store(.fixed([UInt8](repeating: 7, count: 32)), at: TwoTenants.now)
        func create(_ name: String, _ byte: UInt8) async throws -> TenantID {
            let tenant = Tenant(
                id: TenantID(UUID()), name: name, kind: .live, status: .active, createdAt: TwoTenants.now, resetsAt: nil
            )
            try await store.systemWrite {
                try $0.createTenant(
                    tenant, dataKey: [UInt8](repeating: byte, count: 32), webhookSecret: "whsec_\(name)")
            }
            return tenant.id
        }
        self.store = store
        own = try await create("own", 1)
        other = try await create("other", 2)
    }

    /// Runs a contract on a fresh store, and closes the store.
    static func run(on engine: TestDatabase.Engine, _ contract: (TwoTenants) async throws -> Void) async throws {
        let tenants = try await TwoTenants(on: engine)
        do {
            try await contract(tenants)
            await tenants.store.close()
        } catch {
            await tenants.store.close()
            throw error
        }
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (TenantScope) throws -> Value) async throws -> Value {
        try await store.read(own, body)
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (TenantScope) throws -> Value) async throws -> Value {
        try await store.write(own, body)
    }

    /// The ids of documents as the API sends them.
    static func ids(_ representations: [Representation]) throws -> [String] {
        try representations.compactMap { try JSON.parse($0.bytes)["uuid"]?.text }
    }

    // MARK: Records

    static func details(
        email: String = "jane.doe@example.com", externalID: String? = "MRN-1"
    ) throws -> PatientDetails {
        var members = TestInstallation.patient(email: email).members ?? []
        members.append(JSON.Member("external_id", JSON(externalID)))
        return try PatientDetails(parsing: .object(members), today: CalendarDate(now))
    }

    @discardableResult
    func addPatient(
        of tenant: TenantID? = nil, email: String = "jane.doe@example.com", at now: Timestamp = TwoTenants.now
    ) async throws -> Patient {
        let details = try TwoTenants.details(email: email)
        return try await store.write(tenant ?? own) { scope in
            let stamp = try scope.stamp(at: now)
            let patient = Patient(id: PatientID(UUID()), details: details, createdAt: stamp, updatedAt: stamp)
            try scope.insertPatient(patient)
            return patient
        }
    }

    /// Places an order with a reference and a webhook URL for a new patient.
    @discardableResult
    func addOrder(of tenant: TenantID? = nil) async throws -> Order {
        let patient = try await addPatient(of: tenant)
        let body: JSON = [
            "patient_id": .string(patient.id.description),
            "pharmacy_id": .string(SimulatedPharmacies.all[0].id.description),
            "medication_id": .string(CatalogItem.sample.medicationID), "dispense_quantity": 4,
            "order_id": "ORD-1", "customer_id": "CUST-1", "webhook_urls": [.string(TwoTenants.url)],
        ]
        let draft = try OrderDraft(parsing: body, egress: EgressPolicy(tenant: .sandbox, servedOnLoopback: true))
        return try await store.write(tenant ?? own) { scope in
            let (order, event) = Order.placed(
                id: OrderID(UUID()), eventID: EventID(UUID()), terms: draft.terms,
                medication: .sample, at: try scope.stamp(at: TwoTenants.now))
            try scope.insertOrder(
                order, patient: patient, event: event, dispatchAt: TwoTenants.now, newID: { DeliveryID(UUID()) })
            return order
        }
    }

    /// Reports that an order was cancelled, in its tenant's scope.
    func cancel(_ order: Order, of tenant: TenantID) async throws {
        try await store.write(tenant) { scope in
            let record = try #require(try scope.order(order.id))
            let (next, events) = record.order.applying(
                [Order.Report(.cancelled)], at: try scope.stamp(at: TwoTenants.now + .seconds(1)),
                newEventID: { EventID(UUID()) })
            try scope.updateOrder(
                record, to: next, events: events, dueAt: TwoTenants.now, newID: { DeliveryID(UUID()) })
        }
    }

    @discardableResult
    func addCredential(of tenant: TenantID? = nil, secret: String = "secret") async throws -> Credential {
        let credential = Credential(
            id: ClientID(UUID()), name: "system", scopes: [.read], createdAt: TwoTenants.now)
        try await store.write(tenant ?? own) {
            try $0.insertCredential(credential, secretHash: TokenHash.of(secret))
        }
        return credential
    }
}
