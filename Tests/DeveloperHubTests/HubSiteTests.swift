import PharmacyDomain
import Testing

@testable import DeveloperHub

@Suite("The hub's pages")
struct HubSiteTests {
    private static func site() throws -> HubSite {
        let files = try HubFiles()
        let assets = try HubAssets(files)
        return try HubSite(
            files, assets, try HubTemplates(files, assets: assets), GuideTests.settings,
            origin: "https://api.example.com")
    }

    /// The HTML of every page, by path.
    private static func pages() throws -> [String: String] {
        let site = try site()
        return try Dictionary(
            uniqueKeysWithValues: site.paths.map { ($0, try site.document($0, theme: .system)?.text ?? "") })
    }

    @Test("Every link within the hub leads to a page, and to a heading if it names one")
    func links() throws {
        let pages = try HubSiteTests.pages()
        #expect(pages.count > 45)
        let ids = pages.mapValues { Set($0.matches(of: /\sid="([^"]+)"/).map { String($0.output.1) }) }
        let site = try HubSiteTests.site()
        let others: Set<String> = ["/openapi.json", "/openapi.yaml", "/docs/search"]
        for (path, html) in pages {
            for link in html.matches(of: /(?:href|src|action)="([^"]+)"/).map({ String($0.output.1) }) {
                guard link.hasPrefix("/") || link.hasPrefix("#") else { continue }
                let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let target = parts[0].isEmpty ? path : parts[0]
                // Forms also lead to the API.
                if target == "/docs/theme" || target.hasPrefix("/pharmacy/") || target.hasPrefix(Dashboard.path)
                    || others.contains(target)
                {
                    continue
                }
                #expect(try site.document(target, theme: .system) != nil, "\(path) links to \(link)")
                if parts.count == 2, let ids = ids[target] {
                    #expect(ids.contains(parts[1]), "\(path) links to \(link)")
                }
            }
        }
    }

    @Test("No page has inline code, an address of another host to load, or markup that was not filled in")
    func nothingInline() throws {
        for (path, html) in try HubSiteTests.pages() {
            #expect(html.firstMatch(of: /<script(?![^>]*\ssrc="\/)/) == nil, "\(path)")
            #expect(html.firstMatch(of: /\s(style|on[a-z]+)="/) == nil, "\(path)")
            #expect(
                html.firstMatch(of: /<(link|img|script|use)[^>]*(src|href)="(https?:)?\/\/(?!api\.example\.com)/)
                    == nil, "\(path)")
            #expect(!html.contains("{{"), "\(path)")
            #expect(html.firstMatch(of: /<h1[ >]/) != nil, "\(path)")
            let ids = html.matches(of: /\sid="([^"]+)"/).map { String($0.output.1) }
            #expect(Set(ids).count == ids.count, "\(path)")
        }
    }

    @Test("The theme is rendered by the server", arguments: Theme.allCases)
    func theme(theme: Theme) throws {
        let site = try HubSiteTests.site()
        let html = try #require(try site.document("/docs", theme: theme)?.text)
        #expect(html.contains("<html lang=\"en\" data-theme=\"\(theme.rawValue)\">") == (theme != .system))
    }

    @Test("A search shows the query as text")
    func search() throws {
        let site = try HubSiteTests.site()
        let html = try site.searchPage("<script>", theme: .light).text
        #expect(!html.contains("<script>"))
        #expect(html.contains("&lt;script&gt;"))
        #expect(site.searchResults("webhook").text.hasPrefix("{\"results\":[{\"title\":"))
    }

    @Test("The style sheet has at most 20 KB")
    func styleSheet() throws {
        let sheet = try #require(
            try HubAssets(HubFiles()).documents.first { $0.key.hasPrefix("/assets/hub.") && $0.key.hasSuffix(".css") })
        #expect(sheet.value.text.utf8.count <= 20_480)
    }
}
