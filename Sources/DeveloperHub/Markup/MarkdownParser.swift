/// Parses the part of Markdown that guide pages use: headings, paragraphs, lists, tables, block quotes and fenced code. Any
/// other text is a paragraph. There is no HTML.
struct MarkdownParser {
    private let lines: [Substring]
    private var next = 0

    private init(_ lines: [Substring]) { self.lines = lines }

    static func parse(_ text: String) -> [MarkdownBlock] {
        var parser = MarkdownParser(text.split(separator: "\n", omittingEmptySubsequences: false))
        return parser.blocks()
    }

    private mutating func blocks() -> [MarkdownBlock] {
        var blocks: [MarkdownBlock] = []
        while next < lines.count {
            let line = lines[next]
            if line.isBlank {
                next += 1
            } else if line.hasPrefix("```") {
                blocks.append(code())
            } else if let heading = MarkdownParser.heading(line) {
                blocks.append(heading)
                next += 1
            } else if line.hasPrefix(">") {
                blocks.append(note())
            } else if line.hasPrefix("|") {
                blocks.append(table())
            } else if let marker = ListMarker(line) {
                blocks.append(list(marker))
            } else {
                blocks.append(.paragraph(paragraph()))
            }
        }
        return blocks
    }

    /// `## Text`, or `## Text {#id}` for an id that is not made from the text.
    private static func heading(_ line: Substring) -> MarkdownBlock? {
        let level = line.prefix { $0 == "#" }.count
        guard (1...4).contains(level), line.dropFirst(level).first == " " else { return nil }
        var text = line.dropFirst(level + 1)
        guard text.hasSuffix("}"), let brace = text.lastIndex(of: "{"), text[brace...].hasPrefix("{#") else {
            return .heading(level: level, text: String(text), id: anchor(String(text)))
        }
        let id = text[brace...].dropFirst(2).dropLast()
        text = text[..<brace].trimmingSpaces
        return .heading(level: level, text: String(text), id: String(id))
    }

    /// The id of a heading: its letters, digits and underscores in lower case, with hyphens between the words.
    static func anchor(_ text: String) -> String {
        text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "_" }.joined(separator: "-")
    }

    private mutating func code() -> MarkdownBlock {
        let language = lines[next].dropFirst(3).trimmingSpaces
        next += 1
        let start = next
        while next < lines.count, !lines[next].hasPrefix("```") { next += 1 }
        let text = lines[start..<next].joined(separator: "\n")
        next += 1
        return .code(language: String(language), text: text)
    }

    private mutating func note() -> MarkdownBlock {
        var quoted: [Substring] = []
        while next < lines.count, lines[next].hasPrefix(">") {
            quoted.append(lines[next].dropFirst().trimmingLeadingSpace)
            next += 1
        }
        var parser = MarkdownParser(quoted)
        return .note(parser.blocks())
    }

    private mutating func table() -> MarkdownBlock {
        var rows: [[String]] = []
        while next < lines.count, lines[next].hasPrefix("|") {
            rows.append(MarkdownParser.cells(lines[next]))
            next += 1
        }
        let isSeparated = rows.count > 1 && rows[1].allSatisfy { $0.allSatisfy { "-: ".contains($0) } }
        return .table(header: rows[0], rows: Array(rows.dropFirst(isSeparated ? 2 : 1)))
    }

    /// The cells of a table's row. A `|` in code or after a backslash is part of the cell.
    private static func cells(_ line: Substring) -> [String] {
        var cells: [String] = []
        var cell = ""
        var isCode = false
        var isEscaped = false
        for character in line.trimmingSpaces.dropFirst() {
            if character == "|", !isCode, !isEscaped {
                cells.append(String(Substring(cell).trimmingSpaces))
                cell = ""
            } else {
                if character == "`" { isCode.toggle() }
                if character == "|", isEscaped { cell.removeLast() }
                cell.append(character)
            }
            isEscaped = character == "\\"
        }
        if !Substring(cell).isBlank { cells.append(String(Substring(cell).trimmingSpaces)) }
        return cells
    }

    private mutating func list(_ first: ListMarker) -> MarkdownBlock {
        var items: [MarkdownBlock.ListItem] = []
        while next < lines.count, let marker = ListMarker(lines[next]), marker.isOrdered == first.isOrdered {
            var content = [lines[next].dropFirst(marker.length)]
            next += 1
            // An item goes on with indented lines, and over blank lines that an indented line follows.
            while next < lines.count {
                if lines[next].hasPrefix("  ") {
                    content.append(lines[next].dropIndentation(upTo: marker.length))
                } else if lines[next].isBlank, next + 1 < lines.count, lines[next + 1].hasPrefix("  ") {
                    content.append("")
                } else {
                    break
                }
                next += 1
            }
            items.append(MarkdownParser.item(content))
            let following = lines[next...].firstIndex { !$0.isBlank }
            if let following, let marker = ListMarker(lines[following]), marker.isOrdered == first.isOrdered {
                next = following
            }
        }
        return .list(items, isOrdered: first.isOrdered)
    }

    private static func item(_ content: [Substring]) -> MarkdownBlock.ListItem {
        var content = content
        var isDone: Bool?
        for (prefix, value) in [("[ ] ", false), ("[x] ", true)] where content[0].hasPrefix(prefix) {
            content[0] = content[0].dropFirst(prefix.count)
            isDone = value
        }
        var parser = MarkdownParser(content)
        let text = parser.paragraph()
        return MarkdownBlock.ListItem(text: text, isDone: isDone, children: parser.blocks())
    }

    /// The lines up to a blank line or another kind of block, joined by spaces.
    private mutating func paragraph() -> String {
        let start = next
        repeat { next += 1 } while next < lines.count && !startsBlock(lines[next])
        return lines[start..<next].map(\.trimmingSpaces).joined(separator: " ")
    }

    private func startsBlock(_ line: Substring) -> Bool {
        line.isBlank || line.hasPrefix("```") || line.hasPrefix(">") || line.hasPrefix("|")
            || MarkdownParser.heading(line) != nil || ListMarker(line) != nil
    }
}

/// The `- ` or `1. ` at the beginning of a list's item.
private struct ListMarker {
    let isOrdered: Bool
    /// With the space.
    let length: Int

    init?(_ line: Substring) {
        if line.hasPrefix("- ") {
            (isOrdered, length) = (false, 2)
            return
        }
        let digits = line.prefix { $0.isASCII && $0.isNumber }.count
        guard (1...3).contains(digits), line.dropFirst(digits).hasPrefix(". ") else { return nil }
        (isOrdered, length) = (true, digits + 2)
    }
}

extension Substring {
    fileprivate var isBlank: Bool { allSatisfy { $0 == " " } }

    fileprivate var trimmingLeadingSpace: Substring { hasPrefix(" ") ? dropFirst() : self }

    fileprivate var trimmingSpaces: Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }

    fileprivate func dropIndentation(upTo count: Int) -> Substring {
        dropFirst(Swift.min(count, prefix { $0 == " " }.count))
    }
}
