import HTTPTypes
import HummingbirdTesting
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import DeveloperHub

@Suite("The dashboard: pharmacies and catalogs", .timeLimit(.minutes(2)))
struct PharmacyPagesTests {
    @Test("A catalog has live prices, a search and pages")
    func catalog() async throws {
        try await DashboardFixture.with { fixture in
            let visitor = try await fixture.signIn()
            let list = try await visitor.get("/dashboard/pharmacies").text
            let unread = list.matches(of: #/not read lately/#).count
            #expect(unread > 1)
            var (path, first) = ("", "")
            for link in list.matches(of: #/href="(\/dashboard\/pharmacies\/[0-9a-f-]+)"/#) {
                let page = try await visitor.get(String(link.output.1)).text
                if page.contains("163 medications") { (path, first) = (String(link.output.1), page) }
            }
            #expect(first.contains("163 medications") && first.contains("data-every=\"60\""))
            #expect(first.contains("rel=\"next\"") && !first.contains("rel=\"prev\" href=\"\(path)"))
            let last = try await visitor.get("\(path)?page=7").text
            #expect(last.contains("page=6") && !last.contains("page=8"))
            #expect(try await visitor.shows("The catalog has no such page", at: "\(path)?page=99"))
            let found = try await visitor.get("\(path)?search=tirzepatide").text
            #expect(found.contains("Tirzepatide") && !found.contains("163 medications"))
            #expect(try await visitor.shows("No medication matches", at: "\(path)?search=%3Cb%3E"))
            #expect(try await visitor.status("/dashboard/pharmacies/00000000-0000-4000-8000-000000000000") == .notFound)
            #expect(try await visitor.get("/dashboard/pharmacies").text.contains("not read lately") == false)
            #expect(try await visitor.shows(">live</span>", at: "/dashboard"))
        }
    }

    @Test("Prices that have moved since the sign-in are shown with their difference")
    func history() async throws {
        try await DashboardFixture.with { fixture in
            let visitor = try await fixture.signIn()
            let list = try await visitor.get("/dashboard/pharmacies").text
            let path = String(
                try #require(list.firstMatch(of: #/href="(\/dashboard\/pharmacies\/[0-9a-f-]+)"/#)).output.1)
            #expect(try await !visitor.get(path).text.contains("<summary>+$"))
            fixture.installation.time.advance(by: .minutes(1))
            let page = try await visitor.get(path).text
            // Prices of a sandbox are alternately above and below their base.
            #expect(page.contains("<summary>+$") && page.contains("<summary>−$"))
            let later = try await fixture.signIn()
            #expect(try await !later.get(path).text.contains("<summary>+$"))
        }
    }
}
