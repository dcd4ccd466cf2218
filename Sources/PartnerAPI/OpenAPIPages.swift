internal import PharmacyDomain
import Synchronization
import Yams

/// The OpenAPI document in JSON and YAML. It is rendered again only when the public URL changes, because the URL of a
/// server on a free port is known only after the port is bound.
package final class OpenAPIPages: Sendable {
    package struct Pages: Sendable {
        package let json: [UInt8]
        package let yaml: [UInt8]
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
            let pages = Pages(json: document.bytes, yaml: Array(try YAMLText(document).text.utf8))
            rendered = (publicURL, pages)
            return pages
        }
    }
}
