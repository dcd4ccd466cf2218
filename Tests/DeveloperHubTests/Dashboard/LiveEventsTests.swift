import HTTPTypes
import Hummingbird
import HummingbirdTesting
import PartnerAPI
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import DeveloperHub

@Suite("The dashboard: pages that stay current", .timeLimit(.minutes(2)))
struct LiveEventsTests {
    private func call(
        _ fixture: DashboardFixture, _ path: String, cookie: String?, isRefresh: Bool = true
    ) async throws -> TestResponse {
        var headers: HTTPFields = [.accept: "text/html"]
        if isRefresh { headers[.liveRefresh] = "1" }
        if let cookie { headers[.cookie] = "__Host-up_session=\(cookie)" }
        return try await fixture.client.execute(uri: path, method: .get, headers: headers)
    }

    @Test("A live page has regions with ids, a link without scripts, and the script")
    func regions() async throws {
        try await DashboardFixture.with { fixture in
            let order = try await fixture.installation.place(try await fixture.installation.order())
            let visitor = try await fixture.signIn()
            for (path, ids) in [
                ("", ["overview"]), ("/orders", ["orders"]), ("/orders/\(order)", ["order", "timeline", "about"]),
                ("/webhooks", ["urls", "deliveries"]), ("/requests", ["requests"]),
            ] {
                let text = try await visitor.get("/dashboard\(path)").text
                let found = text.matches(of: #/id="([a-z]+)"[^>]* data-region>/#).map { String($0.output.1) }
                #expect(found == ids, "\(path)")
                #expect(text.contains("<a href=\"\" data-live-refresh>Refresh</a>"), "\(path)")
                #expect(text.contains("/assets/live."), "\(path)")
            }
            for path in ["/credentials", "/orders/\(order)/cancel", "/orders/nothing"] {
                #expect(try await !visitor.shows("data-live", at: "/dashboard\(path)"), "\(path)")
            }
        }
    }

    @Test("A page's own request does not count as a use of the session")
    func idle() async throws {
        try await DashboardFixture.with { fixture in
            let visitor = try await fixture.signIn()
            let cookie = try #require(visitor.cookies["__Host-up_session"])
            for _ in 0..<2 {
                fixture.installation.time.advance(by: .minutes(29))
                #expect(try await call(fixture, "/dashboard/orders", cookie: cookie).status == .ok)
            }
            fixture.installation.time.advance(by: .minutes(2))
            let ended = try await call(fixture, "/dashboard/orders", cookie: cookie)
            // The cookie stays, so that the page can say why the session has ended.
            #expect(ended.status == .unauthorized && ended.headers[.setCookie] == nil)
            let page = try await call(fixture, "/dashboard/orders", cookie: cookie, isRefresh: false)
            #expect(String(buffer: page.body).contains("You are signed out"))
        }
    }

    @Test("The stream needs a session with access to what it is about")
    func refused() async throws {
        try await DashboardFixture.with(scopes: ["patients:read"]) { fixture in
            #expect(try await call(fixture, "/dashboard/events", cookie: nil).status == .unauthorized)
            let visitor = try await fixture.signIn()
            #expect(try await visitor.status("/dashboard/events") == .forbidden)
            #expect(try await visitor.statusOfPost("/dashboard/events") == .methodNotAllowed)
        }
    }
}
