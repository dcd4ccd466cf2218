import PharmacyDomain
import Testing

@testable import DeveloperHub

@Suite("The guide")
struct GuideTests {
    static let settings = HubSettings(
        supportContact: "integration@example.com", rateLimit: .perMinute(600), authRateLimit: .perMinute(30),
        dispatchAge: .hours(24), reconcileAfter: .minutes(30), webhookRetryDelay: .seconds(60),
        webhookRetention: .days(30), requestLogRetention: .days(7), sandboxStep: .seconds(5),
        sandboxWipeEvery: .hours(24))
    static let facts = GuideFacts(settings: settings, origin: "https://api.example.com")

    @Test("Every value that a text names exists", arguments: GuideTable.groups.flatMap(\.slugs))
    func values(slug: String) throws {
        let text = try HubFiles().text("Guide/\(GuideTable.file(slug)).md")
        var scopes: [[String: Any]] = [GuideTests.facts.values]
        for tag in text.matches(of: /\{\{([#^\/]?)([A-Za-z.]+)\}\}/) {
            let (sign, name) = (tag.output.1, String(tag.output.2))
            if sign == "/" {
                scopes.removeLast()
                continue
            }
            let value = GuideTests.value(name, in: scopes)
            #expect(value != nil, "{{\(name)}}")
            if sign == "#" || sign == "^" { scopes.append((value as? [[String: Any]])?.first ?? [:]) }
        }
        #expect(scopes.count == 1)
    }

    private static func value(_ name: String, in scopes: [[String: Any]]) -> Any? {
        let parts = name.split(separator: ".").map(String.init)
        for scope in scopes.reversed() {
            var value: Any? = scope
            for part in parts { value = (value as? [String: Any])?[part] }
            if let value { return value }
        }
        return nil
    }

    @Test("Each heading of the printed guide is a page or a section of that name")
    func printedHeadings() throws {
        let guide = try Guide(HubFiles(), GuideTests.facts)
        let titles = Set(
            (guide.pages.map(\.title) + guide.pages.flatMap { $0.headings.map(\.title) }).map { $0.lowercased() })
        let printed = [
            "Getting started", "Account setup", "Quick start guide", "Step 1: Create your API credentials",
            "Step 2: Obtain an access token", "Step 3: List the available pharmacies", "Step 4: Browse medications",
            "Step 5: Create a patient", "Step 6: Submit your order", "Webhooks (recommended)", "Need help?",
            "Key features and endpoints", "Authentication", "Initial setup", "Token management",
            "Credential management and security rotation", "Patient management", "Listing and search",
            "Individual patient operations", "Integration management", "Validation rules", "Pharmacy network",
            "Pharmacy discovery", "Medication catalog with real-time pricing", "Order processing", "Order statuses",
            "Webhooks", "Webhook payload", "Payload fields", "Event types", "Webhook headers",
            "Verifying webhook signatures", "Rate limiting", "Best practices", "Sandbox environment", "Release notes",
            "v1.1.0", "v1.0.0",
        ]
        for heading in printed { #expect(titles.contains(heading.lowercased()), "\(heading)") }
    }

    @Test(
        "A page begins with a title and a paragraph",
        arguments: ["", "text", "# Title", "# Title\n\n## Next", "## A\n\nb"])
    func malformedPages(markdown: String) {
        #expect(throws: HubError.self) { try GuidePage(slug: "x", markdown: markdown) }
    }
}
