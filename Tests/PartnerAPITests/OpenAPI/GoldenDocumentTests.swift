import Foundation
import PartnerAPI
import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("The OpenAPI document in the repository")
struct GoldenDocumentTests {
    /// Changes of the API appear in reviews as changes of this file. `make openapi` renders it again.
    @Test("It matches the endpoints")
    func golden() throws {
        let document = OpenAPIDocument(publicURL: "http://localhost:8082").json
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Documentation")
            .standardizedFileURL.appending(path: "openapi.json")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try Data(document.indentedBytes).write(to: path)
        }
        // Comparing the bytes in the expectation would print both documents on failure.
        let isUpToDate = try Data(contentsOf: path) == Data(document.indentedBytes)
        #expect(isUpToDate, "Documentation/openapi.json is not up to date: make openapi")
    }
}
