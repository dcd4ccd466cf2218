/// Text in HTML.
enum HTML {
    /// The text with all markup characters escaped, for content and for values of attributes.
    static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: { isMarkup($0) }) else { return text }
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

    private static func isMarkup(_ byte: UInt8) -> Bool {
        [UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'")].contains(byte)
    }
}
