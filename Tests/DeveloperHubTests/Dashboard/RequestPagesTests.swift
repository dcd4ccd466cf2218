import HTTPTypes
import HummingbirdTesting
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import DeveloperHub

@Suite("The dashboard: requests", .timeLimit(.minutes(2)))
struct RequestPagesTests {
    private static let order = OrderID("fd44a635-6d0c-47fa-8343-e0d604d46992")

    private func log(
        _ fixture: DashboardFixture, _ ids: [String], operation: String?, path: String = "orders/{uuid}/cancel",
        code: String?
    ) async {
        for id in ids {
            fixture.installation.requests.record(
                LoggedRequest(
                    id: id, receivedAt: fixture.installation.time.now(), credential: ClientID(fixture.id),
                    operation: operation, method: "POST", path: operation.map { _ in path },
                    status: code == nil ? 200 : 409, code: code, duration: .milliseconds(12), order: Self.order,
                    patient: nil),
                tenant: fixture.installation.tenant)
        }
        #expect(await fixture.installation.requests.flush())
    }

    @Test("Errors are grouped by code, with what to do about each")
    func errors() async throws {
        try await DashboardFixture.with { fixture in
            let visitor = try await fixture.signIn()
            #expect(try await visitor.shows("This one needs no credentials", at: "/dashboard/requests"))
            await log(fixture, ["one", "two"], operation: "cancelOrder", code: "order_not_cancellable")
            await log(fixture, ["three"], operation: "cancelOrder", code: nil)
            let page = try await visitor.get("/dashboard/requests").text
            #expect(page.contains("Errors of the last 24 hours"))
            #expect(page.contains("<td data-label=\"Requests\">2</td>"))
            let advice = try #require(page.firstMatch(of: #/data-label="What to do">([^<]+)/#)).output.1
            #expect(advice.count > 20)
            let filtered = try await visitor.get("/dashboard/requests?code=order_not_cancellable").text
            #expect(filtered.contains("/requests/two"))
            #expect(!filtered.contains("/requests/three") && !filtered.contains("Errors of the last"))
        }
    }

    @Test("A request is shown as a command, with the ids that it named and without a token")
    func command() async throws {
        try await DashboardFixture.with { fixture in
            let visitor = try await fixture.signIn()
            await log(fixture, ["one"], operation: "cancelOrder", code: nil)
            await log(fixture, ["two"], operation: nil, code: "not_found")
            await log(
                fixture, ["three"], operation: "revokeCredential", path: "auth/credentials/{client_id}", code: nil)
            let page = try await visitor.get("/dashboard/requests/one").text
            #expect(page.contains("curl"))
            #expect(page.contains("/api/v1/orders/fd44a635-6d0c-47fa-8343-e0d604d46992/cancel"))
            #expect(page.contains("$ACCESS_TOKEN") && !page.contains("$ORDER_ID"))
            #expect(try await !visitor.shows("curl", at: "/dashboard/requests/two"))
            // The log does not have the credential that was revoked: the command must not name the caller's own.
            let revocation = try await visitor.get("/dashboard/requests/three").text
            #expect(revocation.contains("auth/credentials/$CLIENT_ID"))
        }
    }
}
