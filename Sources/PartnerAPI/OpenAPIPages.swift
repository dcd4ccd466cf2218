internal import PharmacyDomain
import Synchronization
import Yams

/// The OpenAPI document in JSON and YAML. It is rendered again only when the public URL changes, because the URL of a
/// server on a free port is known only after the port is bound.
package final class OpenAPIPages: Sendable {
    /// One form of the document.
    package struct Page: Sendable {
        package let bytes: [UInt8]
        let compressed: CompressedDocument

        fileprivate init(_ bytes: [UInt8]) {
            self.bytes = bytes
            compressed = CompressedDocument(bytes)
        }
    }

    package struct Pages: Sendable {
        package let json: Page
        package let yaml: Page
    }

    private let site: APISite
    /// The latest pages and their URL.
    private let rendered = Mutex<(publicURL: String, pages: Pages)?>(nil)

    package init(site: APISite) { self.site = site }

    /// - Throws: a failure of the YAML encoder.
    package func current() throws -> Pages {
        let publicURL = site.publicURL()
        return try rendered.withLock { rendered in
            if let rendered, rendered.publicURL == publicURL { return rendered.pages }
            let document = OpenAPIDocument(publicURL: publicURL, version: site.version).json
            let pages = Pages(json: Page(document.bytes), yaml: Page(Array(try YAMLText(document).text.utf8)))
            rendered = (publicURL, pages)
            return pages
        }
    }
}
