/// The list of all pages for search engines (sitemaps.org).
enum Sitemap {
    /// - Parameter urls: absolute.
    static func text(_ urls: [String]) -> String {
        let entries = urls.map { "<url><loc>\(HTML.escape($0))</loc></url>" }.joined(separator: "\n")
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
            \(entries)
            </urlset>

            """
    }
}
