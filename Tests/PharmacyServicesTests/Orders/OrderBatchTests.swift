import PharmacyDomain
import PharmacyTestSupport
import Synchronization
import Testing

@testable import PharmacyServices

@Suite("Batches of orders and patients", .timeLimit(.minutes(3)))
struct OrderBatchTests {
    private static let unknown: JSON = "00000000-0000-4000-8000-000000000000"

    private func item(_ body: JSON, key: String? = nil) -> BatchItem<OrderDraft> {
        let request = key.map { IdempotencyRequest(key: $0, operation: "POST orders", body: body.bytes) }
        return BatchItem(idempotency: request) {
            Result { () throws(ValidationErrors) in
                try OrderDraft(parsing: body, egress: .publicOnly)
            }
        }
    }

    private func submit(
        _ items: [BatchItem<OrderDraft>], to installation: TestInstallation
    ) async throws -> [BatchResult<PlacedOrder>] {
        try await installation.orders.submitBatch(Batch(items: items), tenant: installation.tenant)
    }

    private func total(_ installation: TestInstallation) async throws -> Int? {
        try await installation.orders.list(
            OrderFilter(), page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant
        ).total
    }

    private func changed(_ body: JSON, _ name: String, _ value: JSON) -> JSON {
        .object((body.members ?? []).filter { $0.name != name } + [JSON.Member(name, value)])
    }

    @Test("Each order of a batch is accepted or refused by itself, in the order of the batch")
    func independence() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order()
        let refused = [
            changed(body, "dispense_quantity", 0), changed(body, "patient_id", Self.unknown),
            changed(body, "pharmacy_id", Self.unknown),
            changed(body, "expected_price", "0.01"),
        ]
        let bodies = refused.flatMap { [body, $0] } + [body]
        let results = try await submit(bodies.map { item($0) }, to: installation)
        #expect(results.map { (try? $0.get()) != nil } == bodies.indices.map { $0.isMultiple(of: 2) })
        let problems = results.map { result -> [String] in
            guard case .failure(ServiceError.invalid(let problems)) = result else { return [] }
            return problems.fields.map(\.name)
        }
        #expect(problems.filter { !$0.isEmpty } == [["dispense_quantity"], ["patient_id"], ["pharmacy_id"]])
        guard case .failure(ServiceError.priceChanged) = results[7] else {
            Issue.record("the price was not compared")
            return
        }
        #expect(try await total(installation) == 5)
        let placed = results.compactMap { try? $0.get().value.id.description }
        let listed = try await installation.orders.list(
            OrderFilter(), page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant)
        #expect(try listed.items.reversed().map { try JSON.parse($0.bytes)["uuid"]?.text } == placed)
        #expect(try await installation.audited(.orderCreated).map(\.first) == placed)
    }

    @Test("A batch that is repeated with its keys returns the same orders, and only what was refused is tried again")
    func repetition() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order()
        let invalid = changed(body, "dispense_quantity", 0)
        let first = try await submit([item(body, key: "a"), item(invalid, key: "b"), item(body)], to: installation)
        let second = try await submit([item(body, key: "a"), item(body, key: "b"), item(body)], to: installation)
        #expect(try second.map { try $0.get().isReplay } == [true, false, false])
        #expect(try second[0].get().value == first[0].get().value)
        #expect(try await total(installation) == 4)
        // A single request finds it, too, and another body with the key is refused.
        let alone = IdempotencyRequest(key: "a", operation: "POST orders", body: body.bytes)
        #expect(try await installation.place(body, idempotency: alone) == first[0].get().value.id)
        let third = try await submit(
            [item(changed(body, "dispense_quantity", 9), key: "a"), item(body, key: "c")], to: installation)
        guard case .failure(ServiceError.idempotencyKeyReused) = third[0] else {
            Issue.record("the key was used twice")
            return
        }
        #expect(try third[1].get().isReplay == false)
    }

    @Test("Two items of one batch with the same key and body make one order, and other bodies are refused")
    func sameKeys() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order()
        let results = try await submit(
            [item(body, key: "a"), item(body, key: "a"), item(changed(body, "days_supply", 1), key: "a")],
            to: installation)
        #expect(try results[0].get().value == results[1].get().value)
        #expect(try (results[0].get().isReplay, results[1].get().isReplay) == (false, true))
        guard case .failure(ServiceError.idempotencyKeyReused) = results[2] else {
            Issue.record("the key was used twice")
            return
        }
        #expect(try await total(installation) == 1)
    }

    @Test("Batches with the same keys at the same time make each order once")
    func race() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order()
        let keys = (0..<10).map { "key \($0)" }
        let placed = try await withThrowingTaskGroup(of: [OrderID].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let items = keys.map { item(body, key: $0) }
                    return try await submit(items, to: installation).compactMap { try? $0.get().value.id }
                }
            }
            return try await group.reduce(into: Set<OrderID>()) { $0.formUnion($1) }
        }
        #expect(placed.count == keys.count)
        #expect(try await total(installation) == keys.count)
    }

    @Test("If one pharmacy is unavailable, the orders for others are accepted")
    func unavailablePharmacy() async throws {
        let time = ManualClock()
        let system = ScriptedPharmacySystem(time: time)
        let installation = try await TestInstallation(pharmacySystem: system, time: time)
        let body = try await installation.order()
        system.state.withLock { $0.isDown = true }
        time.advance(by: Catalog.servedFor)
        let results = try await submit([item(body, key: "a"), item(body)], to: installation)
        let unavailable = ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)
        for result in results { #expect(throws: unavailable) { try result.get() } }
        system.state.withLock { $0.isDown = false }
        let fetches = system.state.withLock(\.fetches)
        let again = try await submit((0..<20).map { item(body, key: "a\($0)") }, to: installation)
        #expect(again.allSatisfy { (try? $0.get()) != nil })
        #expect(system.state.withLock(\.fetches) == fetches + 1, "one fetch for all orders")
    }

    @Test("A dry run of a batch checks every order and places none")
    func dryRun() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order()
        let results = try await installation.orders.submitBatch(
            Batch(items: [item(body), item(changed(body, "days_supply", 0))]), dryRun: true,
            tenant: installation.tenant)
        #expect(results.map { (try? $0.get()) != nil } == [true, false])
        #expect(try await total(installation) == 0)
        #expect(try await installation.audited(.orderChecked).count == 1)
    }

    // MARK: Patients

    private func patient(_ body: JSON, key: String? = nil) -> BatchItem<PatientDetails> {
        let request = key.map { IdempotencyRequest(key: $0, operation: "POST patients", body: body.bytes) }
        return BatchItem(idempotency: request) {
            Result { () throws(ValidationErrors) in
                try PatientDetails(parsing: body, today: CalendarDate(ManualClock().now()))
            }
        }
    }

    @Test("Patients of a batch are created or refused by themselves, and duplicates within it are named")
    func patients() async throws {
        let installation = try await TestInstallation()
        let body = TestInstallation.patient()
        let items = [
            patient(body, key: "a"), patient(changed(body, "zip", "1")), patient(body), patient(body, key: "a"),
        ]
        let results = try await installation.patients.createBatch(Batch(items: items), tenant: installation.tenant)
        #expect(results.map { (try? $0.get()) != nil } == [true, false, true, true])
        let first = try results[0].get().value
        #expect(first.possibleDuplicates.isEmpty)
        #expect(try results[2].get().value.possibleDuplicates == [first.patient.id])
        #expect(try results[3].get().isReplay && results[3].get().value == first)
        #expect(try await installation.patients.count(tenant: installation.tenant) == 2)
        #expect(try await installation.audited(.patientCreated).count == 2)
    }
}
