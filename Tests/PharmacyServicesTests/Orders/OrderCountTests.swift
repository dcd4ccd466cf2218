import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("Counts of orders over time", .timeLimit(.minutes(2)))
struct OrderCountTests {
    @Test("Orders are counted by when they were submitted, with those that have failed since")
    func orders() async throws {
        let installation = try await TestInstallation()
        let start = installation.time.now().hour - .hours(1)
        func counts(_ count: Int) async throws -> [OrderCount] {
            try await installation.orders.counts(
                from: start, step: .hours(1), count: count, tenant: installation.tenant)
        }
        let body = try await installation.order()
        let failing = try await installation.place(body)
        _ = try await installation.place(body)
        installation.time.advance(by: .hours(1))
        _ = try await installation.place(try await installation.order())
        _ = try await installation.controls.advance(failing, to: .failed, tenant: installation.tenant)
        let all = try await counts(3)
        #expect(all.map(\.submitted) == [0, 2, 1] && all.map(\.failed) == [0, 1, 0])
        #expect(all.map(\.start) == [start, start + .hours(1), start + .hours(2)])
        // What is after the last span is in none.
        #expect(try await counts(2).map(\.submitted) == [0, 2])
    }
}
