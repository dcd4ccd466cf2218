internal import PharmacyDomain
import Synchronization
import Yams

/// The document as files, rendered once for each URL that the service has: a free port is known when it is bound.
package final class OpenAPIPages: Sendable {
    /// The document in both forms.
    package struct Pages: Sendable {
        /// The document in JSON.
        package let json: [UInt8]
        /// The document in YAML.
        package let yaml: [UInt8]
    }

    /// Tells the URL and the version.
    private let services: PartnerAPIRouter.Dependencies
    /// The latest pages and their URL.
    private let rendered = Mutex<(publicURL: String, pages: Pages)?>(nil)

    /// - Parameter services: tells the URL and the version.
    package init(services: PartnerAPIRouter.Dependencies) {
        self.services = services
    }

    /// The pages.
    package func current() throws -> Pages {
        let publicURL = services.publicURL()
        return try rendered.withLock { rendered in
            if let rendered, rendered.publicURL == publicURL { return rendered.pages }
            let document = OpenAPIDocument(publicURL: publicURL, version: services.version).json
            let pages = Pages(json: document.bytes, yaml: Array(try YAMLText(document).text.utf8))
            rendered = (publicURL, pages)
            return pages
        }
    }
}
