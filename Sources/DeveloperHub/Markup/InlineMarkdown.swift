/// The Markdown within a paragraph: code between backticks, `**bold**`, `*emphasis*`, and `[links](/path)` to this site, to
/// other sites, and to e-mail addresses.
enum InlineMarkdown {
    /// HTML in which all markup characters of the text are escaped. What is not closed is text.
    static func html(_ text: String) -> String { html(Substring(text)) }

    private static func html(_ text: Substring) -> String {
        var html = ""
        var rest = text
        while let character = rest.first {
            if let span = span(rest) {
                html += span.html
                rest = span.rest
            } else {
                html += HTML.escape(String(character))
                rest.removeFirst()
            }
        }
        return html
    }

    /// The text without its markup, for titles and the search.
    static func plain(_ text: String) -> String {
        var plain = ""
        var rest = Substring(text)
        while let character = rest.first {
            if character == "[", let link = Link(rest) {
                plain += InlineMarkdown.plain(String(link.text))
                rest = link.rest
            } else {
                if character != "`" && character != "*" { plain.append(character) }
                rest.removeFirst()
            }
        }
        return plain
    }

    /// The markup at the beginning of a text.
    private static func span(_ text: Substring) -> (html: String, rest: Substring)? {
        if text.hasPrefix("`") {
            let content = text.dropFirst()
            guard let end = content.firstIndex(of: "`") else { return nil }
            return ("<code>\(HTML.escape(String(content[..<end])))</code>", content[end...].dropFirst())
        }
        for (marker, element) in [("**", "strong"), ("*", "em")] where text.hasPrefix(marker) {
            let content = text.dropFirst(marker.count)
            guard let end = content.firstRange(of: marker), end.lowerBound > content.startIndex,
                content.first != " "
            else { continue }
            return ("<\(element)>\(html(content[..<end.lowerBound]))</\(element)>", content[end.upperBound...])
        }
        guard text.hasPrefix("["), let link = Link(text) else { return nil }
        return ("<a href=\"\(HTML.escape(link.target))\">\(html(link.text))</a>", link.rest)
    }

    private struct Link {
        let text: Substring
        let target: String
        let rest: Substring

        /// - Parameter text: begins with `[`.
        init?(_ text: Substring) {
            let content = text.dropFirst()
            guard let middle = content.firstRange(of: "]("),
                let end = content[middle.upperBound...].firstIndex(of: ")")
            else { return nil }
            let target = content[middle.upperBound..<end]
            guard ["/", "#", "https://", "http://", "mailto:"].contains(where: target.hasPrefix) else { return nil }
            self.text = content[..<middle.lowerBound]
            self.target = String(target)
            self.rest = content[end...].dropFirst()
        }
    }
}
