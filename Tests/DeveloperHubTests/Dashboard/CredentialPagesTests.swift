import HTTPTypes
import HummingbirdTesting
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import DeveloperHub

@Suite("The dashboard: credentials", .timeLimit(.minutes(2)))
struct CredentialPagesTests {
    private func names(_ fixture: DashboardFixture) async throws -> [String] {
        try await fixture.installation.accounts.credentials(
            of: fixture.installation.tenant, includingRevoked: false
        ).map(\.name).sorted()
    }

    @Test(
        "A credential is created with the chosen scopes, and its secret is shown once, also if the form is sent twice")
    func create() async throws {
        try await DashboardFixture.with { fixture in
            let visitor = try await fixture.signIn()
            let page = try await visitor.get("/dashboard/credentials").text
            let once = try #require(page.firstMatch(of: #/name="once" value="([^"]+)"/#)).output.1
            let form = ["once": String(once), "name": "Reader <1>", "scope:read": "yes"]
            let first = try await visitor.post("/dashboard/credentials", form)
            let second = try await visitor.post("/dashboard/credentials", form)
            #expect(first.response.status == .ok && first.response.headers[.cacheControl] == "no-store")
            #expect(second.response.status == .ok)
            let secrets = [first, second].map { answer in
                answer.text.firstMatch(of: #/data-copy="(up_secret_[^"]+)"/#).map { String($0.output.1) }
            }
            #expect(secrets[0] != nil && secrets[0] == secrets[1])
            #expect(first.text.contains("Reader &lt;1&gt;") && first.text.contains("whsec_"))
            #expect(try await names(fixture) == ["API credential", "Reader <1>"])
            let all = try await fixture.installation.accounts.credentials(
                of: fixture.installation.tenant, includingRevoked: false)
            #expect(all.first { $0.name == "Reader <1>" }?.scopes == [.read])
            let list = try await visitor.get("/dashboard/credentials").text
            #expect(secrets.allSatisfy { !list.contains($0 ?? "up_secret_") })
        }
    }

    @Test("A credential is renamed, and revoked after a confirmation, which ends its sessions")
    func changes() async throws {
        try await DashboardFixture.with { fixture in
            let visitor = try await fixture.signIn()
            try await visitor.get("/dashboard/credentials")
            let path = "/dashboard/credentials/\(fixture.id)"
            #expect(try await visitor.statusOfPost("\(path)/rename", ["name": "Renamed"]) == .seeOther)
            #expect(try await names(fixture) == ["Renamed"])
            #expect(try await visitor.statusOfPost("\(path)/rename", ["name": " "]) == .unprocessableContent)
            let confirmation = try await visitor.get("\(path)/revoke").text
            #expect(confirmation.contains("Revoke Renamed?") && confirmation.contains("you will be signed out"))
            #expect(try await names(fixture) == ["Renamed"])
            #expect(try await visitor.statusOfPost("\(path)/revoke") == .seeOther)
            #expect(try await names(fixture) == [])
            #expect(try await visitor.shows("You are signed out", at: "/dashboard"))
        }
    }

    @Test("Without the scope for credentials they are listed and cannot be changed", arguments: ["read", "write"])
    func narrow(scope: String) async throws {
        try await DashboardFixture.with(scopes: [.string(scope)]) { fixture in
            let visitor = try await fixture.signIn()
            let page = try await visitor.get("/dashboard/credentials").text
            #expect(page.contains(fixture.id) && !page.contains("Revoke") && !page.contains("Create a credential"))
            for path in ["", "/\(fixture.id)/rename", "/\(fixture.id)/revoke"] {
                let refused = try await visitor.statusOfPost("/dashboard/credentials\(path)", ["name": "Mine"])
                #expect(refused == .forbidden)
            }
            #expect(try await names(fixture) == ["API credential"])
        }
    }

    @Test("A new credential cannot have a scope that its creator does not have")
    func escalation() async throws {
        try await DashboardFixture.with(scopes: ["read", "credentials:manage"]) { fixture in
            let visitor = try await fixture.signIn()
            let page = try await visitor.get("/dashboard/credentials").text
            #expect(!page.contains("scope:write"))
            let refused = try await visitor.post("/dashboard/credentials", ["scope:write": "yes", "once": "a"])
            #expect(refused.response.status == .forbidden)
            #expect(try await names(fixture).count == 1)
        }
    }
}
