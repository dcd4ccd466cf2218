import HTTPTypes
import HummingbirdTesting
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import DeveloperHub

@Suite("The dashboard: the sandbox", .timeLimit(.minutes(2)))
struct SandboxPagesTests {
    @Test("The sandbox is wiped when its name was typed, and one is signed out")
    func wipe() async throws {
        try await DashboardFixture.with { fixture in
            _ = try await fixture.installation.createPatient()
            let visitor = try await fixture.signIn()
            fixture.installation.time.advance(by: .minutes(1))
            let path = "/dashboard/sandbox/controls"
            #expect(try await visitor.shows(TestInstallation.setupToken, at: path))
            for name in ["", "other", "SANDBOX"] {
                let refused = try await visitor.post("\(path)/wipe", ["confirmation": name])
                #expect(refused.response.status == .unprocessableContent)
                #expect(refused.text.contains("Nothing was wiped"))
            }
            try await visitor.get(path)
            #expect(try await visitor.statusOfPost("\(path)/wipe", ["confirmation": "sandbox"]) == .seeOther)
            #expect(try await visitor.shows("because the sandbox was wiped", at: "/dashboard"))
            let left = try await fixture.installation.patients.list(
                PatientFilter(), page: PageRequest(page: 1, perPage: 1), tenant: fixture.installation.tenant
            ).total
            #expect(left == 0)
        }
    }

    @Test("Without the scope for credentials the setup token is hidden and nothing can be wiped")
    func narrow() async throws {
        try await DashboardFixture.with(scopes: ["write"]) { fixture in
            let visitor = try await fixture.signIn()
            let page = try await visitor.get("/dashboard/sandbox/controls").text
            #expect(!page.contains(TestInstallation.setupToken) && !page.contains("Wipe now"))
            let refused = try await visitor.statusOfPost(
                "/dashboard/sandbox/controls/wipe", ["confirmation": "sandbox"])
            #expect(refused == .forbidden)
        }
    }
}
