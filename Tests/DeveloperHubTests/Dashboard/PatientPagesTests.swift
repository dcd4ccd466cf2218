import HTTPTypes
import HummingbirdTesting
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import DeveloperHub

@Suite("The dashboard: patients", .timeLimit(.minutes(2)))
struct PatientPagesTests {
    private static let secrets = ["Jane", "Doe", "jane.doe", "1984-02-29", "Main Street", "78701"]

    @Test("No page shows a patient's details before they are revealed, and the reveal is audited with its reason")
    func reveal() async throws {
        try await DashboardFixture.with { fixture in
            let patient = try await fixture.installation.createPatient()
            let visitor = try await fixture.signIn()
            let path = "/dashboard/patients/\(patient)"
            for page in ["/dashboard/patients", path] {
                let text = try await visitor.get(page).text
                #expect(text.contains(patient.description))
                for secret in Self.secrets { #expect(!text.contains(secret), "\(page) shows \(secret)") }
            }
            #expect(try await visitor.statusOfPost("\(path)/reveal", ["reason": ""]) == .unprocessableContent)
            #expect(try await visitor.statusOfPost("\(path)/reveal", ["reason": "curiosity"]) == .unprocessableContent)
            #expect(try await fixture.installation.audited(.patientRevealed).isEmpty)
            try await visitor.get(path)
            let shown = try await visitor.post("\(path)/reveal", ["reason": "support_request"])
            #expect(shown.response.status == .ok && shown.response.headers[.cacheControl] == "no-store")
            for secret in Self.secrets { #expect(shown.text.contains(secret)) }
            #expect(
                try await fixture.installation.audited(.patientRevealed)
                    == [[patient.description, "support_request"]])
            let log = try await visitor.get("/dashboard/audit?action=patient.revealed").text
            #expect(log.contains("support_request") && log.contains("credential:\(fixture.id)"))
        }
    }

    @Test("A patient that the pharmacy does not have is shown with the reason")
    func failedSync() async throws {
        try await DashboardFixture.with(pharmacySystem: UnconfiguredPharmacySystem()) { fixture in
            let patient = try await fixture.installation.createPatient()
            let visitor = try await fixture.signIn()
            #expect(try await !visitor.shows("synchronization", at: "/dashboard/patients/\(patient)"))
            await #expect(throws: ServiceError.self) {
                _ = try await fixture.installation.patients.sync(patient, tenant: fixture.installation.tenant)
            }
            let page = try await visitor.get("/dashboard/patients/\(patient)").text
            let reason = try #require(
                page.firstMatch(of: #/latest synchronization with the pharmacy failed: ([^<]+)</#)
            ).output.1
            #expect(reason.count > 5)
        }
    }

    @Test("Patients are searched by a form, whose values are in no URL")
    func search() async throws {
        try await DashboardFixture.with { fixture in
            let patient = try await fixture.installation.createPatient(email: "zoe@example.com")
            let other = try await fixture.installation.createPatient(email: "max@example.com")
            let visitor = try await fixture.signIn()
            try await visitor.get("/dashboard/patients")
            let found = try await visitor.post("/dashboard/patients", ["email": "ZOE@"]).text
            #expect(found.contains(patient.description) && !found.contains(other.description))
            #expect(found.firstMatch(of: #/(href|action)="[^"]*zoe/#.ignoresCase()) == nil)
            let byID = try await visitor.post("/dashboard/patients", ["id": other.description])
            #expect(byID.response.headers[.location] == "/dashboard/patients/\(other)")
            try await visitor.get("/dashboard/patients")
            let none = try await visitor.post("/dashboard/patients", ["email": "\"><script>"]).text
            #expect(none.contains("No patient matches") && !none.contains("<script>"))
        }
    }

    @Test("A list goes on by a form, with the same search")
    func pages() async throws {
        try await DashboardFixture.with { fixture in
            for _ in 0..<27 { _ = try await fixture.installation.createPatient() }
            let visitor = try await fixture.signIn()
            let first = try await visitor.get("/dashboard/patients").text
            let cursor = try #require(first.firstMatch(of: #/name="cursor" value="([^"]+)"/#)).output.1
            let second = try await visitor.post("/dashboard/patients", ["cursor": String(cursor)]).text
            let ids = [first, second].map { $0.matches(of: #/href="\/dashboard\/patients\/([0-9a-f-]+)"/#).count }
            #expect(ids == [25, 2])
        }
    }

    @Test("Without the scope for patients there is nothing to see")
    func withoutScope() async throws {
        try await DashboardFixture.with(scopes: ["write"]) { fixture in
            let patient = try await fixture.installation.createPatient()
            let visitor = try await fixture.signIn()
            for path in ["/dashboard/patients", "/dashboard/patients/\(patient)"] {
                #expect(try await visitor.status(path) == .forbidden)
            }
            try await visitor.get("/dashboard")
            let refused = try await visitor.statusOfPost(
                "/dashboard/patients/\(patient)/reveal", ["reason": "support_request"])
            #expect(refused == .forbidden)
        }
    }

    @Test("Another tenant's patient is not found")
    func foreign() async throws {
        try await DashboardFixture.with { fixture in
            let other = try await fixture.installation.addTenant("other")
            let theirs = try await fixture.installation.patients.create(
                body: TestInstallation.patient(), tenant: other, idempotency: nil
            ).value.patient.id
            let visitor = try await fixture.signIn()
            #expect(try await visitor.status("/dashboard/patients/\(theirs)") == .notFound)
            try await visitor.get("/dashboard")
            let refused = try await visitor.statusOfPost(
                "/dashboard/patients/\(theirs)/reveal", ["reason": "support_request"])
            #expect(refused == .notFound)
            #expect(try await fixture.installation.audited(.patientRevealed).isEmpty)
        }
    }
}
