/// The little Markdown that descriptions of endpoints and errors have in them: code between backticks.
enum InlineMarkdown {
    /// HTML with nothing of the text's own left to be taken for markup.
    static func html(_ text: String) -> String {
        // What stands at odd places stood between two backticks; one without its partner is left as it is.
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
