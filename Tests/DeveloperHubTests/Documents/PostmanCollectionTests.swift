import PartnerAPI
import PharmacyDomain
import Testing

@testable import DeveloperHub

@Suite("The Postman collection")
struct PostmanCollectionTests {
    private static let collection = PostmanCollection(base: "https://api.example.com/pharmacy/sandbox/api/v1").json

    @Test("Every operation is a request with a name, a method and a URL")
    func requests() {
        let items = (PostmanCollectionTests.collection["item"]?.elements ?? []).flatMap { $0["item"]?.elements ?? [] }
        #expect(Set(items.compactMap { $0["name"]?.text }) == Set(PartnerAPIRouter.endpoints.map(\.operation.summary)))
        for item in items {
            #expect(item["request"]?["method"]?.text != nil)
            #expect(item["request"]?["url"]?["raw"]?.text?.hasPrefix("{{base_url}}/") == true)
        }
    }

    @Test("Every variable that a request uses is declared, and the script of an earlier request can set it")
    func variables() {
        let text = PostmanCollectionTests.collection.written
        let declared = Set(
            (PostmanCollectionTests.collection["variable"]?.elements ?? []).compactMap { $0["key"]?.text })
        let used = Set(text.matches(of: /\{\{([a-z_]+)\}\}/).map { String($0.output.1) })
        #expect(used.isSubset(of: declared))
        let set = Set(text.matches(of: /collectionVariables.set\(\\"([a-z_]+)\\"/).map { String($0.output.1) })
        #expect(used.subtracting(["base_url", "setup_token"]).isSubset(of: set))
    }
}
