import HTTPTypes
import PartnerAPI
import PharmacyDomain
import Testing

@testable import DeveloperHub

@Suite("Deprecations in the reference and the guide")
struct ReferenceDeprecationTests {
    private static let deprecation = Deprecation.announced(
        since: "2027-01-01", sunset: "2028-01-01", page: "/docs/versioning#deprecation")
    private static let sentence = "Deprecated since 2027-01-01, and available until 2028-01-01 at least"

    private func operation(_ whole: Deprecation?, _ part: Deprecation?) -> Operation {
        let parameter = Operation.Parameter.flag("slow", "Slower.")
        let memo = Schema.string().described("A note.")
        return Operation(
            "oldThing", .post, "things", tag: .status, summary: "Old thing", description: "Old.",
            parameters: [part.map(parameter.deprecated) ?? parameter],
            body: .json(.object([.optional("memo", part.map(memo.deprecated) ?? memo)]), examples: []),
            responses: [Operation.Response(.ok, "An answer.")], deprecation: whole)
    }

    private func html(_ operation: Operation) throws -> String {
        let files = try HubFiles()
        let templates = try HubTemplates(files, assets: try HubAssets(files))
        return try templates.render("operation", OperationContext(operation).context(sample: ""))
    }

    private func count(_ text: String, in html: String) -> Int { html.ranges(of: text).count }

    @Test("The page of a deprecated operation says so, until when it works, and what to use instead")
    func operation() throws {
        let html = try html(operation(Self.deprecation, nil))
        #expect(html.contains("<span class=\"chip warn\">Deprecated</span>"))
        #expect(count(Self.sentence, in: html) == 1)
        #expect(html.contains("href=\"/docs/versioning#deprecation\""))
        for name in ["Deprecation", "Sunset", "Link"] { #expect(html.contains("<code>\(name)</code>"), "\(name)") }
    }

    @Test("Deprecated parameters and members are marked one by one")
    func parts() throws {
        let html = try html(operation(nil, Self.deprecation))
        #expect(!html.contains("chip warn"))
        #expect(count(Self.sentence, in: html) == 2 && count(">deprecated</span>", in: html) == 2)
    }

    @Test("Nothing else is marked")
    func unmarked() throws {
        #expect(try !html(operation(nil, nil)).lowercased().contains("deprecated"))
    }

    @Test("The guide lists deprecated operations, or says that there are none")
    func list() {
        let list = DeprecationList(operations: [operation(nil, Self.deprecation), operation(Self.deprecation, nil)])
        let rows = list.markdown.split(separator: "\n")
        #expect(rows.count == 3)
        let links = ("[Old thing](/docs/reference/oldThing)", "[What to use instead](/docs/versioning#deprecation)")
        #expect(rows.last == "| \(links.0) | 2027-01-01 | 2028-01-01 | \(links.1) |")
        #expect(DeprecationList(operations: [operation(nil, nil)]).markdown.contains("No operation"))
    }
}
