internal import PartnerAPI

/// Renders the text of a guide page as HTML, piece by piece with the templates.
struct GuideRenderer {
    private let templates: HubTemplates
    private let samples: HubSamples
    /// The nearest heading above, which names tables.
    private var heading = "Table"
    /// The number of tables below that heading so far.
    private var tableCount = 0
    private var sampleCount = 0

    init(templates: HubTemplates, samples: HubSamples) {
        self.templates = templates
        self.samples = samples
    }

    /// - Throws: `HubError` for a sample or a diagram that does not exist.
    mutating func html(_ blocks: [MarkdownBlock]) throws -> String {
        var html: [String] = []
        for block in blocks { html.append(try self.html(block)) }
        return html.joined(separator: "\n")
    }

    private mutating func html(_ block: MarkdownBlock) throws -> String {
        switch block {
        case .heading(let level, let text, let id):
            heading = InlineMarkdown.plain(text)
            tableCount = 0
            let context: [String: Any] = [
                "level": level, "id": id, "title": heading, "html": InlineMarkdown.html(text),
            ]
            return try templates.render("heading", context)
        case .paragraph(let text): return "<p>\(InlineMarkdown.html(text))</p>"
        case .list(let items, let isOrdered):
            let element = isOrdered ? "ol" : "ul"
            var content = ""
            for item in items { content += try html(item) }
            return "<\(element)>\(content)</\(element)>"
        case .table(let header, let rows):
            tableCount += 1
            // Two regions of a page must not have the same name.
            let label = tableCount == 1 ? heading : "\(heading), table \(tableCount)"
            return try templates.render("table", ["label": label, "table": GuideRenderer.table(header, rows)])
        case .note(let blocks): return try templates.render("note", ["body": try html(blocks), "isWarning": false])
        case .code("sample", let text): return try sample(text)
        case .code("diagram", let text): return try templates.render(text, [:])
        case .code(let language, let text): return try templates.code(text, language: language)
        }
    }

    private mutating func html(_ item: MarkdownBlock.ListItem) throws -> String {
        let text = InlineMarkdown.html(item.text)
        let children = item.children.isEmpty ? "" : "\n" + (try html(item.children))
        guard let isDone = item.isDone else { return "<li>\(text)\(children)</li>" }
        let label = HTML.escape(InlineMarkdown.plain(item.text))
        return """
            <li class="task"><input type="checkbox" disabled\(isDone ? " checked" : "") aria-label="\(label)"> \
            \(text)\(children)</li>
            """
    }

    private static func table(_ header: [String], _ rows: [[String]]) -> String {
        let head = header.map { $0.isEmpty ? "<td></td>" : "<th scope=\"col\">\(InlineMarkdown.html($0))</th>" }
            .joined()
        // On phones the header of a wide table is not shown: each cell then has the name of its column.
        let body = rows.map { row in
            let cells = row.enumerated().map { index, cell in
                let name = header.indices.contains(index) ? InlineMarkdown.plain(header[index]) : ""
                return "<td data-label=\"\(HTML.escape(name))\">\(InlineMarkdown.html(cell))</td>"
            }
            return "<tr>\(cells.joined())</tr>"
        }
        return "<table><thead><tr>\(head)</tr></thead><tbody>\(body.joined())</tbody></table>"
    }

    /// - Parameter text: the id of an operation, or `file` and the name of a program's files.
    private mutating func sample(_ text: String) throws -> String {
        sampleCount += 1
        let id = "sample-\(sampleCount)"
        guard text.hasPrefix("file ") else { return try samples.html(operation: text, id: id) }
        return try samples.html(file: String(text.dropFirst("file ".count)), id: id)
    }
}
