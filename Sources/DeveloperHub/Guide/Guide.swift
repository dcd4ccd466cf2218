/// The pages of the guide with the values of the code, in their order.
struct Guide: Sendable {
    let pages: [GuidePage]
    /// The pages by group, as the navigation shows them.
    let navigation: [HubPage.LinkGroup]

    /// - Throws: `HubError` for a page that is missing or wrong.
    init(_ files: HubFiles, _ facts: GuideFacts) throws {
        let values = facts.values
        var pages: [GuidePage] = []
        var navigation: [HubPage.LinkGroup] = []
        for group in GuideTable.groups {
            let inGroup = try group.slugs.map { slug in
                let name = GuideTable.file(slug)
                let text = try files.text("Guide/\(name).md")
                return try GuidePage(slug: slug, markdown: try HubTemplates.fill(name, text, with: values))
            }
            pages += inGroup
            navigation.append(
                HubPage.LinkGroup(
                    title: group.title, links: inGroup.map { HubPage.Link(title: $0.title, url: $0.path) }))
        }
        self.pages = pages
        self.navigation = navigation
    }

    /// The page in the layout's form.
    func page(at index: Int, templates: HubTemplates, samples: HubSamples) -> HubPage {
        let page = pages[index]
        let group = GuideTable.groups.first { $0.slugs.contains(page.slug) }?.title ?? ""
        let body = { @Sendable in
            var renderer = GuideRenderer(templates: templates, samples: samples)
            return try templates.render(
                "guide",
                [
                    "group": group, "title": page.title, "lead": InlineMarkdown.html(page.lead),
                    "text": try renderer.html(page.blocks),
                ])
        }
        let link = { (index: Int) -> HubPage.Link? in
            pages.indices.contains(index) ? HubPage.Link(title: pages[index].title, url: pages[index].path) : nil
        }
        return HubPage(
            path: page.path, title: page.title, description: InlineMarkdown.plain(page.lead), kind: .guide, body: body,
            navigation: navigation, headings: page.headings, previous: link(index - 1), next: link(index + 1),
            markdownPath: page.markdownPath)
    }

    /// What the search finds: each page, and each of its sections.
    var searchEntries: [SearchIndex.Entry] {
        pages.flatMap { page -> [SearchIndex.Entry] in
            let section = "Guide · \(page.title)"
            let whole = SearchIndex.Entry(
                title: page.title, url: page.path, section: "Guide", text: InlineMarkdown.plain(page.lead))
            return [whole]
                + page.sections.map { part in
                    SearchIndex.Entry(
                        title: part.title, url: "\(page.path)#\(part.id)", section: section, text: part.text)
                }
        }
    }
}

extension GuidePage {
    /// The path of the page as Markdown.
    var markdownPath: String { "\(GuidePage.root)/\(GuideTable.file(slug)).md" }

    /// The sections by heading, as plain text.
    fileprivate var sections: [(title: String, id: String, text: String)] {
        var sections: [(title: String, id: String, text: String)] = []
        for block in blocks {
            if case .heading(_, let title, let id) = block {
                sections.append((InlineMarkdown.plain(title), id, ""))
            } else if !sections.isEmpty {
                sections[sections.count - 1].text += block.plain + " "
            }
        }
        return sections
    }
}

extension MarkdownBlock {
    /// The text without markup. Code, samples and diagrams have none.
    fileprivate var plain: String {
        switch self {
        case .heading(_, let text, _), .paragraph(let text): InlineMarkdown.plain(text)
        case .list(let items, _):
            items.map { item in
                ([InlineMarkdown.plain(item.text)] + item.children.map(\.plain)).joined(separator: " ")
            }.joined(separator: " ")
        case .table(_, let rows):
            rows.map { $0.map(InlineMarkdown.plain).joined(separator: " ") }.joined(separator: ". ")
        case .note(let blocks): blocks.map(\.plain).joined(separator: " ")
        case .code: ""
        }
    }
}
