/// One page of the guide.
struct GuidePage: Sendable {
    /// The last part of the URL; empty for the overview.
    let slug: String
    let title: String
    /// The first paragraph, in Markdown.
    let lead: String
    /// The text as Markdown, with the values of the code in it.
    let markdown: String
    /// Everything after the lead.
    let blocks: [MarkdownBlock]

    /// The page's path.
    var path: String { GuideTable.path(slug) }
    static let root = GuideTable.path("")

    /// The headings of the second and third level.
    var headings: [(level: Int, title: String, id: String)] {
        blocks.compactMap { block in
            guard case .heading(let level, let text, let id) = block, level <= 3 else { return nil }
            return (level, InlineMarkdown.plain(text), id)
        }
    }

    /// - Throws: `HubError.page` if the text has no title or no lead.
    init(slug: String, markdown: String) throws {
        let blocks = MarkdownParser.parse(markdown)
        guard case .heading(1, let title, _)? = blocks.first, blocks.count > 1, case .paragraph(let lead) = blocks[1]
        else { throw HubError.page(slug, "it must begin with a title and a paragraph") }
        self.slug = slug
        self.title = InlineMarkdown.plain(title)
        self.lead = lead
        self.markdown = markdown
        self.blocks = Array(blocks.dropFirst(2))
    }
}
