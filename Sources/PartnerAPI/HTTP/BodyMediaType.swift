/// The media types that bodies of requests may have.
package enum BodyMediaType: String, Sendable {
    case json = "application/json"
    case form = "application/x-www-form-urlencoded"

    /// The most bytes of a `Content-Type` that is read.
    private static let lengthLimit = 256

    /// Reads a `Content-Type`; `nil` for any other type, and for a character set other than UTF-8.
    package init?(contentType: String) {
        guard let value = HeaderText(contentType, upTo: BodyMediaType.lengthLimit)?.text else { return nil }
        let parts = value.split(separator: ";", omittingEmptySubsequences: false).map(BodyMediaType.trimmed)
        guard let type = parts.first.flatMap({ BodyMediaType(rawValue: $0.lowercased()) }) else { return nil }
        for parameter in parts.dropFirst() where parameter.lowercased().hasPrefix("charset=") {
            let charset = parameter.dropFirst("charset=".count).lowercased()
            guard ["utf-8", "\"utf-8\"", "utf8"].contains(charset) else { return nil }
        }
        self = type
    }

    /// The text without spaces and tabs around it.
    private static func trimmed(_ text: Substring) -> String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
