import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import PartnerAPI
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import DeveloperHub

@Suite("The dashboard", .timeLimit(.minutes(2)))
struct DashboardTests {
    private static let pages = [
        "/dashboard", "/dashboard/orders", "/dashboard/webhooks", "/dashboard/requests", "/dashboard/patients",
        "/dashboard/pharmacies",
        "/dashboard/credentials", "/dashboard/sessions", "/dashboard/audit", "/dashboard/sandbox/controls",
    ]

    // MARK: Signing in

    @Test("Without a session every page leads to the sign-in", arguments: pages)
    func signedOut(path: String) async throws {
        try await DashboardFixture.with { fixture in
            let found = try await fixture.visitor().get(path)
            #expect(found.response.status == .seeOther)
            #expect(found.response.headers[.location] == "/dashboard/sign-in")
        }
    }

    @Test("A session's cookie is for this host, HTTPS, the same site and no script, and new at each sign-in")
    func cookie() async throws {
        try await DashboardFixture.with { fixture in
            let visitor = fixture.visitor()
            // An id that somebody else has planted is not used.
            visitor.cookies["__Host-up_session"] = "sandbox.1766423701.up_session_planted"
            try await visitor.get("/dashboard/sign-in")
            try await visitor.post(
                "/dashboard/sign-in", ["client_id": fixture.id, "client_secret": fixture.secret])
            let setting = try #require(visitor.settings["__Host-up_session"])
            for attribute in ["; Path=/;", "; HttpOnly", "; Secure", "; SameSite=Strict", "Max-Age=43200"] {
                #expect(setting.contains(attribute), "\(attribute)")
            }
            #expect(!setting.contains("Domain") && !setting.contains("planted"))
            #expect(visitor.cookies["__Host-up_visitor"] == nil)
            let again = try await fixture.signIn()
            #expect(again.cookies["__Host-up_session"] != visitor.cookies["__Host-up_session"])
            for visitor in [visitor, again] { #expect(try await visitor.status("/dashboard") == .ok) }
        }
    }

    @Test("A wrong id or secret is refused in the same words, and neither is shown again")
    func refused() async throws {
        try await DashboardFixture.with { fixture in
            var texts: Set<String> = []
            for (id, secret) in [
                (fixture.id, "up_secret_wrong"), ("00000000-0000-4000-8000-000000000000", fixture.secret),
                ("nobody", "up_secret_nobody"), ("", ""),
            ] {
                let visitor = fixture.visitor()
                try await visitor.get("/dashboard/sign-in")
                let refused = try await visitor.post(
                    "/dashboard/sign-in", ["client_id": id, "client_secret": secret])
                #expect(refused.response.status == .unauthorized)
                #expect(refused.text.contains("The client ID or the client secret is not valid."))
                #expect(secret.isEmpty || !refused.text.contains(secret))
                #expect(visitor.cookies["__Host-up_session"] == nil)
                texts.insert(refused.text.replacing(#/value="[0-9a-f]+"/#, with: ""))
            }
            #expect(texts.count == 1)
        }
    }

    @Test("The sign-in has the limit of the token endpoints")
    func limited() async throws {
        try await DashboardFixture.with(limit: "2/h") { fixture in
            let visitor = fixture.visitor()
            try await visitor.get("/dashboard/sign-in")
            var statuses: [HTTPResponse.Status] = []
            for _ in 0..<3 {
                let response = try await visitor.post(
                    "/dashboard/sign-in", ["client_id": fixture.id, "client_secret": "wrong"]
                ).response
                statuses.append(response.status)
                if response.status == .tooManyRequests { #expect(response.headers[.retryAfter] != nil) }
            }
            #expect(statuses == [.unauthorized, .unauthorized, .tooManyRequests])
        }
    }

    @Test("A form without the CSRF token of its own session changes nothing")
    func csrf() async throws {
        try await DashboardFixture.with { fixture in
            let visitor = fixture.visitor()
            try await visitor.get("/dashboard/sign-in")
            let fields = ["client_id": fixture.id, "client_secret": fixture.secret]
            for token in ["", String(repeating: "0", count: 32)] {
                let refused = try await visitor.post("/dashboard/sign-in", fields, csrf: token)
                #expect(refused.response.status == .badRequest)
            }
            let order = try await fixture.installation.place(try await fixture.installation.order())
            let (own, other) = (try await fixture.signIn(), try await fixture.signIn())
            try await own.get("/dashboard/orders/\(order)")
            try await other.get("/dashboard/orders/\(order)")
            for token in ["", String(repeating: "0", count: 32), other.csrf] {
                let refused = try await own.post("/dashboard/orders/\(order)/cancel", csrf: token)
                #expect(refused.response.status == .badRequest)
                #expect(refused.text.contains("The form has expired"))
            }
            #expect(try await fixture.installation.order(order)["status"] == "pending")
            let cancelled = try await own.post("/dashboard/orders/\(order)/cancel", ["reason": "Ordered twice"])
            #expect(cancelled.response.status == .seeOther)
            #expect(try await fixture.installation.order(order)["status"] == "cancelled")
        }
    }

    @Test("The setup token of the sandbox is shown on loopback alone, and signs in with one click")
    func sandbox() async throws {
        try await DashboardFixture.with(isServedOnLoopback: false) { fixture in
            let visitor = fixture.visitor()
            let isShown = try await visitor.shows(TestInstallation.setupToken, at: "/dashboard/sign-in")
            #expect(!isShown)
            #expect(try await visitor.statusOfPost("/dashboard/sandbox") == .notFound)
        }
        try await DashboardFixture.with { fixture in
            let visitor = fixture.visitor()
            let isShown = try await visitor.shows(TestInstallation.setupToken, at: "/dashboard/sign-in")
            #expect(isShown)
            #expect(try await visitor.statusOfPost("/dashboard/sandbox") == .seeOther)
            #expect(try await visitor.shows("Signed in with Dashboard", at: "/dashboard"))
        }
    }

    // MARK: Being signed out

    @Test("Signing out ends the session")
    func signOut() async throws {
        try await DashboardFixture.with { fixture in
            let visitor = try await fixture.signIn()
            try await visitor.get("/dashboard")
            let cookie = visitor.cookies
            let signedOut = try await visitor.post("/dashboard/sign-out")
            #expect(signedOut.response.headers[.location] == "/dashboard/sign-in")
            #expect(visitor.cookies["__Host-up_session"] == nil)
            // The cookie of before is worth nothing.
            visitor.cookies = cookie
            #expect(try await visitor.shows("You are signed out", at: "/dashboard/orders"))
        }
    }

    @Test("After a wipe, a revocation or twelve hours, the page says why one is signed out")
    func reasons() async throws {
        try await DashboardFixture.with { fixture in
            let wiped = try await fixture.signIn()
            fixture.installation.time.advance(by: .minutes(5))
            try await fixture.installation.controls.wipe(fixture.installation.tenant)
            let page = try await wiped.get("/dashboard/orders")
            #expect(page.text.contains("because the sandbox was wiped"))
            #expect(page.text.contains(TestInstallation.setupToken))
            #expect(wiped.cookies["__Host-up_session"] == nil)
        }
        try await DashboardFixture.with { fixture in
            let (revoked, late) = (try await fixture.signIn(), try await fixture.signIn())
            let id = try #require(ClientID(fixture.id))
            try await fixture.installation.accounts.revokeCredential(id, tenant: fixture.installation.tenant)
            #expect(try await revoked.shows("or its credential was revoked", at: "/dashboard"))
            fixture.installation.time.advance(by: .hours(12))
            #expect(try await late.shows("a session lasts 12 hours", at: "/dashboard"))
        }
    }

    // MARK: Pages

    @Test("Pages are not cached or listed by search engines, and say the tenant and the environment", arguments: pages)
    func frame(path: String) async throws {
        try await DashboardFixture.with { fixture in
            let page = try await fixture.signIn().get(path)
            #expect(page.response.status == .ok)
            #expect(page.response.headers[.cacheControl] == "no-store")
            #expect(page.response.headers[.contentSecurityPolicy] == HubDocument.contentSecurityPolicy)
            #expect(page.text.contains("<meta name=\"robots\" content=\"noindex\">"))
            #expect(page.text.contains(">Sandbox</span>") && page.text.contains("<b>sandbox</b>"))
        }
    }

    @Test("Text from partners, patients and receivers is shown as text")
    func escaped() async throws {
        try await DashboardFixture.with { fixture in
            let script = "\"><script>alert(1)</script>"
            var members =
                try await fixture.installation.order(webhookURLs: ["http://127.0.0.1:9/?a=%3Cb%3E"]).members ?? []
            members += [JSON.Member("order_id", .string(script)), JSON.Member("customer_id", .string(script))]
            let order = try await fixture.installation.place(.object(members))
            try await fixture.installation.endDueDeliveries(as: .failed, response: Array("<img src=x>".utf8))
            let visitor = try await fixture.signIn()
            let list = try await visitor.get("/dashboard/orders").text
            let one = try await visitor.get("/dashboard/orders/\(order)").text
            let filtered = try await visitor.get("/dashboard/orders?customer=\(PercentEncoding.encode(script))").text
            for text in [list, one, filtered] {
                #expect(!text.contains("<script>alert") && text.contains("&lt;script&gt;"))
            }
            #expect(!one.contains("<img") && one.contains("&lt;img src=x&gt;"))
            let request = try await visitor.get("/dashboard/requests/\(PercentEncoding.encode(script))")
            #expect(request.response.status == .notFound && !request.text.contains("<script>alert"))
        }
    }

    @Test("An order's page has its changes, attempts and requests, and no health information")
    func order() async throws {
        try await DashboardFixture.with { fixture in
            var members = try await fixture.installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]).members ?? []
            members = members.filter { $0.name != "memo" }
            members += [
                JSON.Member("order_id", "ORD-12345"), JSON.Member("memo", "for Jane Doe"),
                JSON.Member("clinical_notes", "allergic to penicillin"),
            ]
            let order = try await fixture.installation.place(.object(members))
            try await fixture.installation.endDueDeliveries(as: .failed, response: Array("no".utf8))
            _ = try await fixture.installation.controls.advance(
                order, to: .shipped, tenant: fixture.installation.tenant)
            let visitor = try await fixture.signIn()
            let text = try await visitor.get("/dashboard/orders/\(order)").text
            for part in [
                "ORD-12345", "order.created", "order.shipped", "http://127.0.0.1:9/hook", ">500</span>",
                "failed for good", order.description,
            ] { #expect(text.contains(part), "\(part)") }
            for secret in ["Jane", "penicillin", "jane.doe"] { #expect(!text.contains(secret)) }
            // It cannot be cancelled any more, but a sandbox order can be advanced.
            #expect(!text.contains("Cancel the order") && text.contains("Advance"))
            try await visitor.post("/dashboard/orders/\(order)/advance", ["status": "delivered"])
            #expect(try await fixture.installation.order(order)["status"] == "delivered")
            let refused = try await visitor.post("/dashboard/orders/\(order)/cancel")
            #expect(refused.response.status == .conflict && refused.text.contains("Request "))
        }
    }

    @Test("Another tenant's order is not found, like an unknown one", arguments: ["", "/cancel"])
    func foreign(suffix: String) async throws {
        try await DashboardFixture.with { fixture in
            let other = try await fixture.installation.addTenant("other")
            let theirs = try await fixture.installation.place(as: other)
            let visitor = try await fixture.signIn()
            let unknown = "00000000-0000-4000-8000-000000000000"
            for id in [theirs.description, unknown, "1", "%00"] {
                #expect(try await visitor.status("/dashboard/orders/\(id)\(suffix)") == .notFound)
            }
            try await visitor.get("/dashboard")
            #expect(try await visitor.statusOfPost("/dashboard/orders/\(theirs)/cancel") == .notFound)
            #expect(try await visitor.shows(theirs.description, at: "/dashboard/orders") == false)
        }
    }

    @Test("A read-only credential sees and cannot change")
    func readOnly() async throws {
        try await DashboardFixture.with(scopes: ["read"]) { fixture in
            let order = try await fixture.installation.place(try await fixture.installation.order())
            let visitor = try await fixture.signIn()
            let page = try await visitor.get("/dashboard/orders/\(order)")
            #expect(page.response.status == .ok)
            #expect(!page.text.contains("Cancel the order") && !page.text.contains("Advance"))
            for path in ["cancel", "advance"] {
                let refused = try await visitor.post("/dashboard/orders/\(order)/\(path)", ["status": "shipped"])
                #expect(refused.response.status == .forbidden)
            }
            #expect(try await visitor.status("/dashboard/orders/\(order)/cancel") == .forbidden)
            #expect(try await fixture.installation.order(order)["status"] == "pending")
        }
    }

    @Test("A credential without the scope to read sees nothing")
    func withoutReading() async throws {
        try await DashboardFixture.with(scopes: ["patients:read"]) { fixture in
            let visitor = try await fixture.signIn()
            for path in Self.pages where path != "/dashboard/patients" {
                #expect(try await visitor.status(path) == .forbidden, "\(path)")
            }
        }
    }

    @Test("Lists are filtered by the URL, and a search for an order's uuid or a request's id leads to it")
    func filters() async throws {
        try await DashboardFixture.with { fixture in
            let order = try await fixture.installation.place(try await fixture.installation.order())
            let visitor = try await fixture.signIn()
            #expect(try await visitor.shows(order.description, at: "/dashboard/orders?status=pending"))
            #expect(try await visitor.shows("No order matches", at: "/dashboard/orders?status=shipped"))
            #expect(try await visitor.status("/dashboard/orders?status=nonsense&reference=") == .ok)
            let found = try await visitor.get("/dashboard/orders?reference=\(order)")
            #expect(found.response.headers[.location] == "/dashboard/orders/\(order)")
            let request = try await visitor.get("/dashboard/requests?id=a%20b")
            #expect(request.response.headers[.location] == "/dashboard/requests/a%20b")
            #expect(try await visitor.status("/dashboard/requests/a%20b") == .notFound)
            #expect(try await visitor.status("/dashboard/requests?cursor=nonsense") == .ok)
        }
    }

    @Test("Unknown pages, wrong methods, other bodies and large forms get a page that says so")
    func wrong() async throws {
        try await DashboardFixture.with { fixture in
            let visitor = try await fixture.signIn()
            try await visitor.get("/dashboard")
            #expect(try await visitor.status("/dashboard/nothing") == .notFound)
            #expect(try await visitor.statusOfPost("/dashboard/orders") == .methodNotAllowed)
            let large = try await visitor.post("/dashboard/sign-out", ["x": String(repeating: "x", count: 40_000)])
            #expect(large.response.status == .contentTooLarge)
            let json = try await fixture.client.execute(
                uri: "/dashboard/sign-in", method: .post, headers: [.contentType: "application/json"],
                body: ByteBuffer(string: "{}"))
            #expect(json.status == .unsupportedMediaType)
        }
    }

    @Test("Sessions are listed, and others can be ended; with another credential only by who may manage credentials")
    func sessions() async throws {
        try await DashboardFixture.with { fixture in
            let (own, other) = (try await fixture.signIn(), try await fixture.signIn())
            let text = try await own.get("/dashboard/sessions").text
            let ends = text.matches(of: #/action="(/dashboard/sessions/[0-9a-f-]+/end)"/#).map { String($0.output.1) }
            #expect(ends.count == 1)
            let narrow = try await fixture.installation.accounts.createCredential(
                body: ["scopes": ["read"]], authority: .setupToken(TestInstallation.setupToken),
                tenant: fixture.installation.tenant, idempotency: nil
            ).value
            let reader = fixture.visitor()
            try await reader.get("/dashboard/sign-in")
            try await reader.post(
                "/dashboard/sign-in",
                ["client_id": narrow["client_id"]?.text ?? "", "client_secret": narrow["client_secret"]?.text ?? ""])
            #expect(try await reader.shows("/end\"", at: "/dashboard/sessions") == false)
            try await reader.post(ends[0])
            #expect(try await other.status("/dashboard") == .ok)
            try await own.get("/dashboard/sessions")
            try await own.post(ends[0])
            #expect(try await other.shows("You are signed out", at: "/dashboard"))
            #expect(try await own.status("/dashboard") == .ok)
        }
    }
}
