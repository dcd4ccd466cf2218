internal import PartnerAPI

/// One page, ready to be put into the layout.
struct HubPage: Sendable {
    /// How the page is arranged.
    enum Kind: String {
        /// With a map at the left, and what is on the page at the right.
        case guide
        /// With a map at the left, and wide.
        case reference
        /// With a map at the left, for somebody who is signed in.
        case dashboard
        /// Without a map.
        case plain
    }

    struct Link: Hashable, Sendable {
        let title: String
        let url: String
        /// The method of an operation; `nil` for other pages.
        var method: String?
    }

    struct LinkGroup: Sendable {
        let title: String
        let links: [Link]
    }

    /// Who is signed in at the dashboard.
    struct Account: Sendable {
        let tenant: String
        let isSandbox: Bool
        /// When the sandbox is wiped next.
        let resetsAt: HubTime?
        let credential: String
        let csrf: String
        /// The URL of the events at which the page is fetched again; `nil` if it is not.
        var stream: String?
    }

    /// The path, with the query of a search.
    let path: String
    let title: String
    /// A sentence or two, as plain text.
    let description: String
    let kind: Kind
    /// Renders the HTML.
    let body: @Sendable () throws -> String
    var navigation: [LinkGroup] = []
    var headings: [(level: Int, title: String, id: String)] = []
    var previous: Link?
    var next: Link?
    /// The path of the same page as Markdown.
    var markdownPath: String?
    /// Whether search engines should leave the page out: results and errors.
    var isUnlisted = false
    var isSearch = false
    /// Whether it is the page with Swagger UI, a section of its own.
    var isSwagger = false
    var isDashboard = false
    var account: Account?

    /// What the layout shows.
    /// - Parameter origin: the server's URL, without a slash at the end.
    /// - Throws: `HubError`.
    func context(origin: String, theme: Theme) throws -> [String: Any] {
        let pages = { (group: LinkGroup) -> [String: Any] in
            ["title": group.title, "pages": group.links.map { link(link: $0) }]
        }
        return [
            "title": title, "description": description, "canonical": origin + path, "version": PartnerAPIRouter.version,
            "path": path, "theme": theme.rawValue, "isLight": theme == .light, "isDark": theme == .dark,
            "isSystem": theme == .system, "kind": kind.rawValue, "isGuide": kind == .guide,
            "isReference": kind == .reference, "isSwagger": isSwagger, "isDashboard": isDashboard,
            "hasAccount": account != nil, "account": account.map(context) ?? [:], "isHome": path == "/",
            "isSearch": isSearch, "isUnlisted": isUnlisted, "hasNavigation": !navigation.isEmpty,
            "navigation": navigation.map(pages), "hasToc": headings.count > 1,
            "toc": headings.map { ["title": $0.title, "id": $0.id, "isSub": $0.level > 2] as [String: Any] },
            "body": try body(), "hasMarkdown": markdownPath != nil, "markdown": markdownPath ?? "", "hasFeed": true,
            "hasPrevious": previous != nil, "previous": previous.map { link(link: $0) } ?? [:],
            "hasNext": next != nil, "next": next.map { link(link: $0) } ?? [:],
        ]
    }

    private func context(_ account: Account) -> [String: Any] {
        [
            "tenant": account.tenant, "isSandbox": account.isSandbox, "credential": account.credential,
            "csrf": account.csrf, "hasReset": account.resetsAt != nil, "reset": account.resetsAt?.context ?? [:],
            "isLive": account.stream != nil, "stream": account.stream ?? "",
        ]
    }

    private func link(link: Link) -> [String: Any] {
        [
            "title": link.title, "url": link.url, "isCurrent": link.url == path, "hasMethod": link.method != nil,
            "method": link.method ?? "",
        ]
    }
}
