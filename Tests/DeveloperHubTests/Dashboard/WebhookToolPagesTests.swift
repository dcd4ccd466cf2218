import HTTPTypes
import HummingbirdTesting
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import DeveloperHub

@Suite("The dashboard: webhook tools", .timeLimit(.minutes(2)))
struct WebhookToolPagesTests {
    private static let path = "/dashboard/webhooks/tools"

    @Test("A test event shows what was sent; a URL that is not allowed is refused")
    func test() async throws {
        try await DashboardFixture.with { fixture in
            let visitor = try await fixture.signIn()
            try await visitor.get(Self.path)
            let sent = try await visitor.post(
                "\(Self.path)/test", ["receiver": "http://127.0.0.1:9/hook", "event": "order.delivered"])
            for part in ["no response", "X-Webhook-Event: order.delivered", "X-Webhook-Signature: ", "order.delivered"]
            {
                #expect(sent.text.contains(part), "\(part)")
            }
            for url in ["", "ftp://example.com", "\"><script>"] {
                let refused = try await visitor.post("\(Self.path)/test", ["receiver": url])
                #expect(refused.response.status == .unprocessableContent)
                #expect(refused.text.contains("The URL ") && !refused.text.contains("<script>"))
            }
        }
    }

    @Test("The verifier says why a signature matches or does not, and shows the body as text")
    func verify() async throws {
        try await DashboardFixture.with { fixture in
            let visitor = try await fixture.signIn()
            try await visitor.get(Self.path)
            let sent = try await visitor.post(
                "\(Self.path)/test", ["receiver": "http://127.0.0.1:9/hook", "event": "order.shipped"]
            ).text
            let signature = try #require(sent.firstMatch(of: #/X-Webhook-Signature: ([0-9a-f]{64})/#)).output.1
            let shown = try #require(sent.firstMatch(of: #/\n\n(\{.+\})</#)).output.1
            let body = String(shown).replacing("&quot;", with: "\"")
            for (body, words) in [
                (body, "The signature matches the body."), (body + "\n", "other line ends"),
                ("<script>alert(1)</script>", "The signature does not match"),
            ] {
                let found = try await visitor.post(
                    "\(Self.path)/verify", ["body": body, "signature": String(signature)]
                ).text
                #expect(found.contains(words) && !found.contains("<script>alert"), "\(words)")
            }
        }
    }

    @Test("The verifier names the registered endpoint whose secret made a signature, and shows no secret")
    func verifyEndpoint() async throws {
        try await DashboardFixture.with { fixture in
            let url = "http://127.0.0.1:9/hook?a=1&b=2"
            let created = try await fixture.installation.webhooks.createEndpoint(
                body: ["url": .string(url)], tenant: fixture.installation.tenant
            ).value
            let visitor = try await fixture.signIn()
            try await visitor.get(Self.path)
            let endpoint = created.endpoint.id.description
            for (receiver, words) in [
                (url, ["The secret is that of the registered endpoint", endpoint, "hook?a=1&amp;b=2</code>"]),
                ("http://127.0.0.1:9/other", ["The secret is the tenant's."]),
            ] {
                let sent = try await visitor.post("\(Self.path)/test", ["receiver": receiver]).text
                let signature = try #require(sent.firstMatch(of: #/X-Webhook-Signature: ([0-9a-f]{64})/#)).output.1
                let shown = try #require(sent.firstMatch(of: #/\n\n(\{.+\})</#)).output.1
                let found = try await visitor.post(
                    "\(Self.path)/verify",
                    ["body": String(shown).replacing("&quot;", with: "\""), "signature": String(signature)]
                ).text
                for part in words + ["The signature matches the body."] { #expect(found.contains(part), "\(part)") }
                #expect(!found.contains(created.secret.dropFirst("whsec_".count)))
            }
        }
    }

    @Test("The secret is rotated, shown once, and also if the form is sent twice; the page says that both sign")
    func rotate() async throws {
        try await DashboardFixture.with { fixture in
            let visitor = try await fixture.signIn()
            let page = try await visitor.get(Self.path).text
            let once = try #require(page.firstMatch(of: #/name="once" value="([^"]+)"/#)).output.1
            var secrets: [String] = []
            for _ in 0..<2 {
                let rotated = try await visitor.post("\(Self.path)/rotate", ["once": String(once)]).text
                secrets.append(String(try #require(rotated.firstMatch(of: #/data-copy="(whsec_[^"]+)"/#)).output.1))
            }
            #expect(secrets[0] == secrets[1])
            let later = try await visitor.get(Self.path).text
            #expect(later.contains("A rotation is in progress") && !later.contains("whsec_"))
        }
    }

    @Test("Each tool needs its scope")
    func scopes() async throws {
        try await DashboardFixture.with(scopes: ["read"]) { fixture in
            let visitor = try await fixture.signIn()
            let page = try await visitor.get(Self.path).text
            #expect(!page.contains("Send a test event") && page.contains("credentials:manage"))
            for tool in ["test", "rotate"] {
                #expect(
                    try await visitor.statusOfPost("\(Self.path)/\(tool)", ["receiver": "http://a.example"])
                        == .forbidden)
            }
            #expect(try await visitor.statusOfPost("\(Self.path)/verify", ["body": "{}", "signature": "x"]) == .ok)
        }
    }
}
