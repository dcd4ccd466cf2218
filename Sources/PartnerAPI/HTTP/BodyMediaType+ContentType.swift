extension BodyMediaType {
    /// The maximum length of a `Content-Type` in bytes.
    private static let lengthLimit = 256

    /// Parses a `Content-Type`; `nil` for any other media type and for a character set other than UTF-8.
    package init?(contentType: String) {
        if let exact = BodyMediaType(rawValue: contentType) {
            self = exact
            return
        }
        guard let value = HeaderText(contentType, upTo: BodyMediaType.lengthLimit)?.text else { return nil }
        let parts = value.split(separator: ";", omittingEmptySubsequences: false).map(BodyMediaType.trimmed)
        guard let type = parts.first.flatMap({ BodyMediaType(rawValue: $0.lowercased()) }) else { return nil }
        for parameter in parts.dropFirst() where parameter.lowercased().hasPrefix("charset=") {
            let charset = parameter.dropFirst("charset=".count).lowercased()
            guard ["utf-8", "\"utf-8\"", "utf8"].contains(charset) else { return nil }
        }
        self = type
    }

    /// The text without leading and trailing spaces and tabs.
    private static func trimmed(_ text: Substring) -> String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
