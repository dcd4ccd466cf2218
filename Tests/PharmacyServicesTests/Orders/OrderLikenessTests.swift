import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("Possible duplicates of orders", .timeLimit(.minutes(3)))
struct OrderLikenessTests {
    private func place(
        _ body: JSON, in installation: TestInstallation, dryRun: Bool = false, idempotency: IdempotencyRequest? = nil
    ) async throws -> IdempotentResult<PlacedOrder> {
        try await installation.orders.submit(
            body: body, dryRun: dryRun, tenant: installation.tenant, idempotency: idempotency)
    }

    @Test(
        "An order for the same patient, pharmacy and product within a day has the earlier ones as possible duplicates")
    func alike() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order()
        let first = try await place(body, in: installation).value
        #expect(first.possibleDuplicates.isEmpty)
        let second = try await place(body.with("dispense_quantity", 9), in: installation).value
        #expect(second.possibleDuplicates == [first.id])
        #expect(
            try await place(body, in: installation, dryRun: true).value.possibleDuplicates == [second.id, first.id])
        // Another patient's order is like none of them.
        #expect(try await place(try await installation.order(), in: installation).value.possibleDuplicates.isEmpty)
        installation.time.advance(by: .hours(23))
        #expect(try await place(body, in: installation).value.possibleDuplicates == [second.id, first.id])
        installation.time.advance(by: .hours(2))
        #expect(try await place(body, in: installation).value.possibleDuplicates.count == 1)
    }

    @Test("Another product, and an order that was cancelled, are no duplicates")
    func different() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order()
        let first = try await place(body, in: installation).value
        let catalog = try await installation.pharmacies.medications(
            of: SimulatedPharmacies.all[0].id, page: PageRequest(page: 1, perPage: 2), filter: CatalogFilter(),
            tenant: installation.tenant)
        let other = try #require(catalog.page.items.last?.medicationID)
        let another = try await place(body.with("medication_id", .string(other)), in: installation).value
        #expect(another.possibleDuplicates.isEmpty)
        _ = try await installation.orders.cancel(first.id, reason: nil, tenant: installation.tenant)
        #expect(try await place(body, in: installation).value.possibleDuplicates.isEmpty)
    }

    @Test("A repeated request has the same possible duplicates, and not its own order")
    func replay() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order()
        let first = try await place(body, in: installation).value
        let key = IdempotencyRequest(key: "k", operation: "POST orders", body: body.bytes)
        let second = try await place(body, in: installation, idempotency: key)
        let again = try await place(body, in: installation, idempotency: key)
        #expect(again.isReplay && again.value.id == second.value.id)
        #expect(again.value.possibleDuplicates == [first.id] && second.value.possibleDuplicates == [first.id])
    }
}
