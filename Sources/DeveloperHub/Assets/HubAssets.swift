internal import Crypto
internal import PharmacyDomain

/// The style sheet, the scripts, the icons and Swagger UI, under URLs that contain a digest of their content, so that clients never ask
/// for them again.
struct HubAssets: Sendable {
    /// By path.
    let documents: [String: HubDocument]
    /// The paths by the names of the files.
    private let paths: [String: String]

    private static let contentTypes = [
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
    ]

    /// - Throws: `HubError.missing`.
    init(_ files: HubFiles) throws {
        var documents: [String: HubDocument] = [:]
        var paths: [String: String] = [:]
        for (folder, name) in ["Assets", "Swagger"].flatMap({ folder in files.names(in: folder).map { (folder, $0) } })
        {
            let parts = name.split(separator: ".")
            guard parts.count == 2, let contentType = HubAssets.contentTypes[String(parts[1])] else { continue }
            let file = try files.bytes("\(folder)/\(name)")
            let content = folder == "Assets" && parts[1] == "css" ? StyleSheet.compact(file) : file
            let digest = Hexadecimal.text(SHA256.hash(data: content).prefix(6))
            let path = "/assets/\(parts[0]).\(digest).\(parts[1])"
            paths[name] = path
            documents[path] = HubDocument(content, contentType: contentType, caching: .immutable)
        }
        self.documents = documents
        self.paths = paths
    }

    /// The URL of a file; `nil` if there is no such file.
    func url(_ name: String) -> String? { paths[name] }

    /// The URLs that every template may use.
    var urls: [String: String] {
        let names = [
            "css": "hub.css", "hub": "hub.js", "time": "time.js", "search": "search.js", "live": "live.js",
            "icons": "icons.svg", "favicon": "favicon.svg",
        ]
        return names.compactMapValues(url)
    }
}
