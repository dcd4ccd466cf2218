import Foundation
import PartnerAPI
import PharmacyDomain
import Testing

@Suite("The OpenAPI document in the repository")
struct GoldenDocumentTests {
    /// A change of the API shows in review as a change of this file. `make openapi` writes it anew.
    @Test("It is what the endpoints render to")
    func golden() throws {
        let document = OpenAPIDocument(publicURL: "http://localhost:8082").json
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Documentation")
            .standardizedFileURL.appending(path: "openapi.json")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try Data(document.prettyBytes).write(to: path)
        }
        // Not the bytes themselves: a failure would print all of both.
        let isUpToDate = try Data(contentsOf: path) == Data(document.prettyBytes)
        #expect(isUpToDate, "Documentation/openapi.json is not up to date: make openapi")
    }
}
