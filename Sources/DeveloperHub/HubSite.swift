internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import Synchronization

/// All pages and documents for one public URL. A page is rendered when it is first asked for in a theme, another document when
/// it is first asked for, and both are stored then: there are as many as pages and themes.
final class HubSite: Sendable {
    let origin: String
    private let templates: HubTemplates
    /// Made when it is first asked for: a server that starts needs none, and it takes a quarter of the time of all pages.
    private let index = Mutex<SearchIndex?>(nil)
    private let searchEntries: @Sendable () -> [SearchIndex.Entry]
    /// By path.
    private let pages: [String: HubPage]
    /// Other documents, by path.
    private let documents: [String: @Sendable () throws -> HubDocument]

    private struct Key: Hashable {
        let path: String
        let theme: Theme
    }

    private let rendered = Mutex<[Key: HubDocument]>([:])

    /// - Throws: `HubError` for files that are missing or wrong.
    init(
        _ files: HubFiles, _ assets: HubAssets, _ templates: HubTemplates, _ settings: HubSettings, origin: String
    ) throws {
        self.origin = origin
        self.templates = templates
        let facts = GuideFacts(settings: settings, origin: origin)
        let samples = HubSamples(templates: templates, files: files, base: facts.base)
        let guide = try Guide(files, facts)
        let reference = Reference(base: facts.base)
        var pages = [HomePage(facts: facts).page(templates, samples)]
        for index in guide.pages.indices {
            pages.append(guide.page(at: index, templates: templates, samples: samples))
        }
        pages += reference.pages(templates: templates, samples: samples)
        pages.append(SwaggerPage(assets: assets).page(templates))
        self.pages = Dictionary(pages.map { ($0.path, $0) }) { first, _ in first }
        searchEntries = { guide.searchEntries + reference.searchEntries }
        var documents: [String: @Sendable () throws -> HubDocument] = [:]
        for (path, document) in assets.documents { documents[path] = { document } }
        for page in guide.pages {
            documents[page.markdownPath] = {
                HubDocument(Array(page.markdown.utf8), contentType: "text/markdown; charset=utf-8")
            }
        }
        documents[SwaggerPage.documentPath] = {
            HubDocument(
                SwaggerPage.document(origin: origin).bytes, contentType: "application/json; charset=utf-8")
        }
        documents["/llms.txt"] = {
            HubDocument(
                Array(LanguageModelIndex(guide: guide, origin: origin).text.utf8),
                contentType: "text/plain; charset=utf-8")
        }
        let urls = pages.map { origin + $0.path }
        documents["/sitemap.xml"] = {
            HubDocument(Array(Sitemap.text(urls).utf8), contentType: "application/xml; charset=utf-8")
        }
        documents[ReleaseFeed.path] = {
            HubDocument(
                Array(try ReleaseFeed(guide: guide, origin: origin).text().utf8),
                contentType: "application/atom+xml; charset=utf-8")
        }
        documents["/docs/united-pharmacy.postman_collection.json"] = {
            HubDocument(
                PostmanCollection(base: facts.base).json.bytes, contentType: "application/json; charset=utf-8")
        }
        self.documents = documents
    }

    /// The page or document of a path; `nil` if there is none.
    func document(_ path: String, theme: Theme) throws -> HubDocument? {
        // Only pages have themes.
        let key = Key(path: path, theme: documents[path] == nil ? theme : .system)
        if let document = rendered.withLock({ $0[key] }) { return document }
        let document: HubDocument
        if let make = documents[path] {
            document = try make()
        } else if let page = pages[path] {
            document = HubDocument(html: try html(page, theme: theme))
        } else {
            return nil
        }
        rendered.withLock { $0[key] = document }
        return document
    }

    /// The paths of all pages.
    var paths: [String] { pages.keys.sorted() }

    /// The page that says that there is no such page.
    func missing(theme: Theme, requestID: String) throws -> HubDocument {
        let body = try templates.render(
            "error",
            [
                "status": "404", "tone": "warn", "title": "No such page",
                "message": "This address leads nowhere. The page may have moved: search for it.", "query": "",
                "hasRequestID": true, "requestID": requestID,
            ])
        let page = HubPage(
            path: GuidePage.root, title: "No such page", description: "", kind: .plain, body: { body }, isUnlisted: true
        )
        return HubDocument(html: try html(page, theme: theme), caching: .none, status: .notFound)
    }

    func searchPage(_ query: String, theme: Theme) throws -> HubDocument {
        let results = results(of: query)
        let body = try templates.render(
            "search",
            [
                "query": query, "hasQuery": !query.isEmpty, "hasResults": !results.isEmpty, "count": results.count,
                "isOne": results.count == 1,
                "results": results.map { result -> [String: Any] in
                    [
                        "title": result.entry.title, "url": result.entry.url, "section": result.entry.section,
                        "excerpt": "", "hasParts": true,
                        "parts": result.excerpt.map { ["text": $0.text, "isMatch": $0.isMatch] as [String: Any] },
                    ]
                },
            ])
        let page = HubPage(
            path: "/docs/search", title: "Search", description: "Search the guide and the reference.", kind: .plain,
            body: { body }, isUnlisted: true, isSearch: true)
        return HubDocument(html: try html(page, theme: theme), caching: .none)
    }

    /// The results of a search for the box with suggestions.
    func searchResults(_ query: String) -> HubDocument {
        let results = results(of: query).map { result -> JSON in
            [
                "title": .string(result.entry.title), "url": .string(result.entry.url),
                "section": .string(result.entry.section),
                "excerpt": .string(result.excerpt.map(\.text).joined()),
            ]
        }
        let json: JSON = ["results": .array(results)]
        return HubDocument(json.bytes, contentType: "application/json; charset=utf-8", caching: .none)
    }

    private func results(of query: String) -> [SearchIndex.Result] {
        let made = index.withLock { index in
            let made = index ?? SearchIndex(searchEntries())
            index = made
            return made
        }
        return made.results(query)
    }

    /// A page that is rendered for one request.
    func document(_ page: HubPage, theme: Theme, status: HTTPResponse.Status) throws -> HubDocument {
        HubDocument(html: try html(page, theme: theme), caching: .none, status: status)
    }

    /// Renders a template for the body of such a page.
    func render(_ template: String, _ context: [String: Any]) throws -> String {
        try templates.render(template, context)
    }

    private func html(_ page: HubPage, theme: Theme) throws -> String {
        try templates.render("layout", try page.context(origin: origin, theme: theme))
    }
}
