import Foundation
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("The client of the pharmacy system, over sockets", .timeLimit(.minutes(3)))
struct ImpetusClientTests {
    private static let tenant = Tenant(
        id: TenantID(UUID()), name: "acme", kind: .live, status: .active, createdAt: Timestamp(milliseconds: 0),
        resetsAt: nil)

    private static func placedOrder() throws -> (order: Order, patient: Patient) {
        let now = Timestamp(milliseconds: 1_766_423_701_000)
        let details = try PatientDetails(parsing: Partner.patient, today: CalendarDate(now))
        let patient = Patient(id: PatientID(UUID()), details: details, createdAt: now, updatedAt: now)
        let pharmacy = SimulatedPharmacies.all[0].id
        let catalog = try #require(SimulatedPharmacies.catalog(of: pharmacy, at: now))
        let medication = try #require(catalog.medications.first)
        let id = try RunningSimulator.codec.encode(medication.productCode, pharmacy: pharmacy)
        let terms = OrderTerms(
            patientID: patient.id, pharmacyID: pharmacy, medicationID: id, dispenseQuantity: 4, daysSupply: 28,
            reference: "R", customerReference: nil, memo: nil, clinicalNotes: "Notes.", webhookURLs: [])
        let (order, _) = Order.placed(
            id: OrderID(UUID()), eventID: EventID(UUID()), terms: terms,
            medication: CatalogItem(medication, medicationID: id, priceAsOf: now), at: now)
        return (order, patient)
    }

    private static func failure(_ work: () async throws -> Void) async -> PharmacySystemFailure.Reason? {
        do {
            try await work()
            return nil
        } catch {
            return (error as? PharmacySystemFailure)?.reason
        }
    }

    @Test("Pharmacies, whole catalogs, patients and prescriptions are transferred without change")
    func transfer() async throws {
        try await RunningSimulator.with { simulator in
            let (client, tenant) = (simulator.client, ImpetusClientTests.tenant)
            #expect(try await client.pharmacies(tenant: tenant) == SimulatedPharmacies.all)
            for pharmacy in SimulatedPharmacies.all {
                let catalog = try #require(try await client.catalog(of: pharmacy.id, tenant: tenant))
                let original = try #require(SimulatedPharmacies.catalog(of: pharmacy.id, at: catalog.asOf))
                #expect(catalog.medications.map(\.productCode) == original.medications.map(\.productCode))
                #expect(catalog.medications.allSatisfy { $0.pharmacy == pharmacy.name })
            }
            #expect(try await client.catalog(of: PharmacyID(UUID()), tenant: tenant) == nil)
            let (order, patient) = try ImpetusClientTests.placedOrder()
            #expect(await client.putPatient(patient, tenant: tenant) == .accepted)
            #expect(try await client.reports(on: order.id, tenant: tenant) == nil)
            #expect(await client.submit(order, patient: patient, tenant: tenant, fencingToken: 1) == .accepted)
            #expect(try await client.reports(on: order.id, tenant: tenant) == [])
            try await simulator.finish(order.id.description)
            let reports = try #require(try await client.reports(on: order.id, tenant: tenant))
            let script = SandboxScript(memo: nil, seed: order.id.seed).reports
            #expect(reports.map { Order.Report($0.status, reason: $0.reason, shipping: $0.shipping) } == script)
            #expect(reports.allSatisfy { $0.at != nil })
            let times = reports.compactMap(\.parcel?.times)
            #expect(times.map { $0.shippedAt != nil } == [true, true])
            #expect(times.map { $0.deliveredAt != nil } == [false, true])
            #expect(await client.cancel(order.id, reason: nil, tenant: tenant) == .tooLate)
            let row = try #require(try await simulator.ledger().first)
            #expect(row["tenant"] == "acme")
            #expect(row["reference"] == "R")
            #expect(row["submissions"] == 1)
        }
    }

    @Test("Fifty concurrent submissions of one order create one prescription")
    func executeOnce() async throws {
        try await RunningSimulator.with { simulator in
            let (order, patient) = try ImpetusClientTests.placedOrder()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        let response = await simulator.client.submit(
                            order, patient: patient, tenant: ImpetusClientTests.tenant, fencingToken: 1)
                        #expect(response == .accepted)
                    }
                }
            }
            #expect(try await simulator.ledger().count == 1)
        }
    }

    @Test(
        "A transient failure is retried within the call, and creates one prescription",
        arguments: [
            ["kind": "close_before", "times": 2], ["kind": "close_after", "times": 2],
            ["kind": "half_answer", "times": 1], ["kind": "status", "status": 503, "times": 2],
            ["kind": "status", "status": 429, "retry_after": 1, "times": 1], ["kind": "latency", "milliseconds": 50],
        ] as [JSON])
    func repeated(fault: JSON) async throws {
        try await RunningSimulator.with { simulator in
            try await simulator.set(faults: fault)
            let (order, patient) = try ImpetusClientTests.placedOrder()
            let response = await simulator.client.submit(
                order, patient: patient, tenant: ImpetusClientTests.tenant, fencingToken: 1)
            #expect(response == .accepted)
            #expect(try await simulator.ledger().count == 1)
        }
    }

    @Test(
        "A lasting failure is reported with its kind within the time of a call",
        arguments: [
            (["kind": "status", "status": 500], .serverError), (["kind": "status", "status": 503], .serverError),
            (["kind": "status", "status": 401], .unauthorized), (["kind": "status", "status": 302], .invalidResponse),
            (["kind": "status", "status": 404], .invalidResponse), (["kind": "hang_before"], .timedOut),
            (["kind": "hang_after"], .timedOut), (["kind": "latency", "milliseconds": 60_000], .timedOut),
            (["kind": "close_before"], .connectionLost), (["kind": "half_answer"], .connectionLost),
            (["kind": "endless_answer"], .invalidResponse),
        ] as [(JSON, PharmacySystemFailure.Reason)])
    func failures(fault: JSON, reason: PharmacySystemFailure.Reason) async throws {
        try await RunningSimulator.with(timeout: .seconds(2)) { simulator in
            try await simulator.set(faults: fault)
            let (order, patient) = try ImpetusClientTests.placedOrder()
            let response = await simulator.client.submit(
                order, patient: patient, tenant: ImpetusClientTests.tenant, fencingToken: 1)
            #expect(response == .unavailable(PharmacySystemFailure(reason)))
        }
    }

    @Test("A refusal is final, and its reason can be shown to partners")
    func refused() async throws {
        try await RunningSimulator.with { simulator in
            try await simulator.set(faults: [
                "kind": "status", "status": 422, "operation": "submit",
            ])
            let (order, patient) = try ImpetusClientTests.placedOrder()
            let (client, tenant) = (simulator.client, ImpetusClientTests.tenant)
            #expect(
                await client.submit(order, patient: patient, tenant: tenant, fencingToken: 1)
                    == .refused(reason: "A fault was set for this request."))
            #expect(try await simulator.ledger().isEmpty)
        }
    }

    @Test("A prescription cancelled before its submission is refused, and cancelling is idempotent")
    func withdrawn() async throws {
        try await RunningSimulator.with { simulator in
            let (order, patient) = try ImpetusClientTests.placedOrder()
            let (client, tenant) = (simulator.client, ImpetusClientTests.tenant)
            for _ in 0..<2 { #expect(await client.cancel(order.id, reason: "Twice", tenant: tenant) == .agreed) }
            guard case .refused = await client.submit(order, patient: patient, tenant: tenant, fencingToken: 1) else {
                Issue.record("it was taken")
                return
            }
            #expect(try await simulator.ledger().isEmpty)
        }
    }

    /// A catalog of one product, a member of which is another.
    private static func catalog(_ name: String, _ value: JSON) -> JSON {
        let product: JSON = [
            "code": "1", "name": "N", "strength": "", "form": "", "formulation": "", "quantity": "1",
            "quantity_units": "Each", "schedule_code": "L", "type": "Compound", "price": "1.00", "ndc": "0002-1433-80",
        ]
        let changed = (product.members ?? []).map { $0.name == name ? JSON.Member(name, value) : $0 }
        return ["pharmacy": "P", "medications": [.object(changed)], "next_cursor": nil]
    }

    private static let brokenTexts: [String] = [
        "", "null", "[]", "{", "<html>", #"{"medications": []}"#, #"{"pharmacy": "P"}"#,
        #"{"pharmacy": "P", "medications": {}}"#, #"{"pharmacy": "P", "medications": [7]}"#,
        #"{"pharmacy": "P", "medications": [], "next_cursor": "../../v1/pharmacies"}"#,
        #"{"pharmacy": "P", "medications": [], "next_cursor": 7}"#,
        #"{"pharmacy": "P", "medications": [], "next_cursor": "1\r2"}"#,
        #"{"pharmacy": "P", "medications": [], "next_cursor": "\u0010"}"#,
        #"{"pharmacy": "P", "medications": [], "next_cursor": "100"}"#,
    ]
    private static let brokenPrices: [JSON] = [
        "-1.00", "1.005", "1", "1,00", "1e3", "NaN", "99999999999.00", 1.0, 7, nil,
    ]
    private static let brokenNames: [JSON] = ["", 7, nil, "a\u{7}b", .string(String(repeating: "x", count: 256))]
    private static let brokenNumbers: [JSON] = ["12", 7]

    static let brokenCatalogs: [JSON] = {
        var bodies: [JSON] = brokenTexts.map { .string($0) }
        bodies += brokenPrices.map { catalog("price", $0) }
        bodies += brokenNames.map { catalog("name", $0) }
        bodies += brokenNumbers.map { catalog("ndc", $0) }
        bodies.append(catalog("code", .string(String(repeating: "x", count: 65))))
        let product = catalog("", nil)["medications"]?.elements?.first ?? .null
        bodies.append(["pharmacy": "P", "medications": [product, product], "next_cursor": nil])
        return bodies
    }()

    @Test(
        "A catalog in which every product is invalid is refused as a whole", arguments: brokenCatalogs)
    func hostile(body: JSON) async throws {
        try await RunningSimulator.with { simulator in
            let pharmacy = SimulatedPharmacies.all[0].id
            let fetch = { _ = try await simulator.client.catalog(of: pharmacy, tenant: ImpetusClientTests.tenant) }
            try await simulator.set(faults: ["kind": "body", "body": ImpetusClientTests.catalog("", nil)])
            #expect(await ImpetusClientTests.failure(fetch) == nil)
            try await simulator.set(faults: ["kind": "body", "body": body])
            #expect(await ImpetusClientTests.failure(fetch) == .invalidResponse)
        }
    }

    @Test("An unreachable system is reported at once, and not queried for a while after five failures")
    func breaker() async throws {
        try await RunningSimulator.with(timeout: .seconds(2)) { simulator in
            try await simulator.set(faults: ["kind": "status", "status": 500])
            let list = { _ = try await simulator.client.pharmacies(tenant: ImpetusClientTests.tenant) }
            for _ in 0..<ServiceLimits.circuitFailures {
                #expect(await ImpetusClientTests.failure(list) == .serverError)
            }
            try await simulator.set(["faults": []])
            #expect(await ImpetusClientTests.failure(list) == .circuitOpen)
        }
    }
}
