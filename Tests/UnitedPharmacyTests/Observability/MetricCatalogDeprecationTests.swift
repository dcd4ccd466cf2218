import HTTPTypes
import PharmacyDomain
import Testing

@testable import PartnerAPI
@testable import UnitedPharmacy

@Suite("The metric of deprecated requests")
struct MetricCatalogDeprecationTests {
    private static let deprecation = Deprecation.announced(
        since: "2027-01-01", sunset: "2028-01-01", page: "/docs/versioning#deprecation")

    private func operation(_ deprecation: Deprecation?) -> Operation {
        Operation(
            "oldThing", .post, "things", tag: .status, summary: "Old", description: "Old.",
            parameters: [Operation.Parameter.flag("slow", "Slower.").deprecated(Self.deprecation)],
            body: .json(.object([.optional("memo", .string().deprecated(Self.deprecation))]), examples: []),
            responses: [Operation.Response(.ok, "An answer.")], deprecation: deprecation)
    }

    @Test("It counts requests by operation, and by each deprecated parameter and member that they send")
    func counts() throws {
        let registry = PrometheusRegistry(prefix: MetricCatalog.prefix, help: MetricCatalog.help)
        let deprecations = try #require(OperationDeprecations(operation(Self.deprecation), metrics: registry))
        let headers = PendingResponseHeaders()
        for (query, body) in [("", [:]), ("slow=1", [:]), ("slow=1", ["memo": "a"]), ("", ["other": "a"])]
            as [(String, JSON)]
        {
            deprecations.announce(in: headers)
            deprecations.announce(sentIn: QueryReader(query, declared: ["slow"]), [:], body, in: headers)
        }
        let page = registry.text()
        for (element, count) in [("operation", 4), ("slow", 2), ("memo", 1)] {
            let name = "united_pharmacy_deprecated_requests_total"
            #expect(page.contains("\(name){element=\"\(element)\",operation=\"oldThing\"} \(count)\n"), "\(page)")
        }
    }

    @Test("An operation of which only a part is deprecated is not counted itself")
    func parts() throws {
        let registry = PrometheusRegistry(prefix: "", help: [:])
        let deprecations = try #require(OperationDeprecations(operation(nil), metrics: registry))
        deprecations.announce(in: PendingResponseHeaders())
        #expect(!registry.text().contains("element=\"operation\""))
        #expect(registry.text().contains("element=\"slow\""))
    }
}
