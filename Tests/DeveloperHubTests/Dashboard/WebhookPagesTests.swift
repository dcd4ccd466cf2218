import HTTPTypes
import HummingbirdTesting
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import DeveloperHub

@Suite("The dashboard: webhooks", .timeLimit(.minutes(2)))
struct WebhookPagesTests {
    @Test("Deliveries are filtered by the URL, and a failed one is sent again")
    func redeliver() async throws {
        try await DashboardFixture.with { fixture in
            let order = try await fixture.installation.place(
                try await fixture.installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
            try await fixture.installation.endDueDeliveries(as: .failed)
            let visitor = try await fixture.signIn()
            let page = try await visitor.get("/dashboard/webhooks?status=failed&event=order.created").text
            #expect(page.contains("http://127.0.0.1:9/hook"))
            #expect(try await visitor.shows("No delivery matches", at: "/dashboard/webhooks?status=succeeded"))
            let path = try #require(page.firstMatch(of: #/action="([^"]+\/redeliver)"/#)).output.1
            let sent = try await visitor.post(String(path))
            #expect(sent.response.headers[.location] == "/dashboard/orders/\(order)")
            let pending = try await visitor.get("/dashboard/webhooks?status=pending").text
            #expect(pending.contains("order.created") && !pending.contains("Send again"))
            // It is on its way: a second click changes nothing, and says so.
            #expect(try await visitor.statusOfPost(String(path)) == .conflict)
            let unknown = "/dashboard/webhooks/00000000-0000-4000-8000-000000000000/redeliver"
            #expect(try await visitor.statusOfPost(unknown) == .notFound)
        }
    }

    @Test("What failed since a time is counted before it is sent again")
    func recovery() async throws {
        try await DashboardFixture.with { fixture in
            let visitor = try await fixture.signIn()
            #expect(try await !visitor.shows("that failed since", at: "/dashboard/webhooks"))
            for _ in 0..<3 {
                _ = try await fixture.installation.place(
                    try await fixture.installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
            }
            try await fixture.installation.endDueDeliveries(as: .failed)
            let page = try await visitor.get("/dashboard/webhooks").text
            #expect(page.contains("that failed since"))
            #expect(page.contains("type=\"datetime-local\" name=\"since\" value=\"2025-12-21T17:15\""))
            let recovery = "/dashboard/webhooks/recover"
            #expect(try await visitor.shows("No delivery has failed", at: "\(recovery)?since=2025-12-23T00:00"))
            #expect(try await visitor.shows("3 deliveries have failed", at: "\(recovery)?since=2025-12-21T17:15"))
            for since in ["", "yesterday", "2025-13-01T00:00"] {
                #expect(try await visitor.status("\(recovery)?since=\(since)") == .unprocessableContent, "\(since)")
            }
            let sent = try await visitor.post(recovery, ["since": "2025-12-21T17:15"])
            #expect(sent.response.headers[.location] == "/dashboard/webhooks?status=pending")
            #expect(try await visitor.shows("No delivery has failed", at: "\(recovery)?since=2025-12-21T17:15"))
        }
    }

    @Test("A read-only credential cannot send anything again")
    func readOnly() async throws {
        try await DashboardFixture.with(scopes: ["read"]) { fixture in
            _ = try await fixture.installation.place(
                try await fixture.installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
            try await fixture.installation.endDueDeliveries(as: .failed)
            let visitor = try await fixture.signIn()
            let page = try await visitor.get("/dashboard/webhooks").text
            #expect(page.contains(">failed</span>") && !page.contains("Send again"))
            #expect(try await visitor.status("/dashboard/webhooks/recover?since=2025-12-21T17:15") == .forbidden)
        }
    }
}
