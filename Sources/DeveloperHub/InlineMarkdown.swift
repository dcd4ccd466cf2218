/// The Markdown in descriptions of endpoints and errors, which is only code between backticks.
enum InlineMarkdown {
    /// HTML in which all markup characters of the text are escaped.
    static func html(_ text: String) -> String {
        // Parts with an odd index were between two backticks. A backtick without its partner is not changed.
        let parts = text.split(separator: "`", omittingEmptySubsequences: false).map(escaped)
        var html = ""
        for (index, part) in parts.enumerated() {
            let isCode = index % 2 == 1 && index < parts.count - 1
            html += isCode ? "<code>\(part)</code>" : index % 2 == 1 ? "`\(part)" : part
        }
        return html
    }

    private static func escaped(_ text: Substring) -> String {
        var html = ""
        for character in text {
            switch character {
            case "&": html += "&amp;"
            case "<": html += "&lt;"
            case ">": html += "&gt;"
            case "\"": html += "&quot;"
            case "'": html += "&#39;"
            default: html.append(character)
            }
        }
        return html
    }
}
