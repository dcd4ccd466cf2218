import HTTPTypes
import PharmacyDomain
import Testing

@testable import PartnerAPI

@Suite("Deprecations in the declarations and in the document")
struct DeprecationTests {
    static let deprecation = Deprecation.announced(
        since: "2027-01-01", sunset: "2028-01-01", page: "/docs/versioning#deprecation")

    @Test("The header fields have the times of RFC 9745 and RFC 8594")
    func fields() {
        #expect(
            DeprecationTests.deprecation.fields == [
                HTTPField(name: .deprecation, value: "@1798761600"),
                HTTPField(name: .sunset, value: "Sat, 01 Jan 2028 00:00:00 GMT"),
                HTTPField(
                    name: .link, value: "</docs/versioning#deprecation>; rel=\"deprecation\"; type=\"text/html\""),
            ])
    }

    @Test(
        "HTTP dates have the right day of the week",
        arguments: [
            ("1970-01-01", "Thu, 01 Jan 1970 00:00:00 GMT"), ("1994-11-06", "Sun, 06 Nov 1994 00:00:00 GMT"),
            ("2028-02-29", "Tue, 29 Feb 2028 00:00:00 GMT"), ("1969-12-31", "Wed, 31 Dec 1969 00:00:00 GMT"),
        ])
    func dates(day: String, text: String) {
        #expect(CalendarDate(day)?.httpDate == text)
    }

    @Test(
        "A notice of less than 12 months, and what is no day or no path, cannot be declared",
        arguments: [
            ("2027-01-01", "2028-01-01", "/docs", true), ("2027-01-01", "2027-12-31", "/docs", false),
            ("2027-12-31", "2028-12-31", "/docs", true), ("2028-02-29", "2029-02-28", "/docs", false),
            ("2028-02-29", "2029-03-01", "/docs", true), ("2028-01-01", "2027-01-01", "/docs", false),
            ("2027-02-30", "2029-01-01", "/docs", false), ("2027-01-01", "2029", "/docs", false),
            ("2027-01-01", "2028-01-01", "docs", false),
        ])
    func notice(since: String, sunset: String, page: String, isValid: Bool) {
        #expect((Deprecation(since: since, sunset: sunset, page: page) != nil) == isValid)
    }

    private func document(_ deprecation: Deprecation?) -> JSON {
        let member = Schema.Property.optional(
            "memo", deprecation.map { Schema.string().deprecated($0) } ?? .string())
        let fast = Operation.Parameter.flag("fast", "Faster.")
        let operation = Operation(
            "changeThing", .post, "things", tag: .status, summary: "Change a thing", description: "Changes it.",
            parameters: [deprecation.map(fast.deprecated) ?? fast],
            body: .json(.object([member]), examples: [("empty", [:])]),
            responses: [Operation.Response(.ok, "The thing.")], deprecation: deprecation)
        return OpenAPIDocument(
            operations: [operation], schemas: [], webhooks: WebhookEvents.webhooks, publicURL: "http://localhost",
            version: "1"
        ).json
    }

    @Test("An operation, a parameter and a member are marked, with the last day and the header fields")
    func marked() throws {
        let document = document(DeprecationTests.deprecation)
        let operation = try #require(document["paths"]?["/pharmacy/{tenant}/api/v1/things"]?["post"])
        let parameter = operation["parameters"]?.elements?.first { $0["name"] == "fast" }
        let member = operation["requestBody"]?["content"]?["application/json"]?["schema"]?["properties"]?["memo"]
        for marked in [operation, parameter, member] {
            #expect(marked?["deprecated"] == true && marked?["x-sunset"] == "2028-01-01")
        }
        #expect(operation["description"]?.text?.hasPrefix("Deprecated since 2027-01-01, ") == true)
        for name in ["Deprecation", "Sunset", "Link"] {
            #expect(operation["responses"]?["200"]?["headers"]?[name] != nil, "\(name)")
            #expect(document["components"]?["headers"]?[name]?["required"] == true, "\(name)")
        }
    }

    @Test("Without a deprecation, nothing of it is in the document")
    func unmarked() {
        let text = document(nil).written
        for name in ["\"deprecated\"", "x-sunset", "\"Sunset\"", "\"Link\"", "Deprecated since"] {
            #expect(!text.contains(name), "\(name)")
            #expect(document(DeprecationTests.deprecation).written.contains(name), "\(name)")
        }
    }

    @Test("A member of a resource is deprecated in requests and responses alike")
    func resource() {
        let member = ResourceMember<String, String>(
            "memo", \.self, .text(TextRule(maximum: 10)), "A note.", example: "Note",
            deprecation: DeprecationTests.deprecation)
        #expect(member.requestSchema.deprecation == DeprecationTests.deprecation)
        #expect(member.responseSchema.deprecation == DeprecationTests.deprecation)
        #expect(member.requestSchema.description == "A note.")
    }
}
