/// Durations as settings have them: `500ms`, `5s`, `1m`, `24h`, `2190d`.
package enum DurationText {
    /// `nil` for any other text, and for zero. At most nine digits.
    package static func parse(_ text: String) -> Duration? {
        guard text.utf8.count <= 11 else { return nil }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard digits.count <= 9, let number = Int(digits), number > 0 else { return nil }
        return switch text.dropFirst(digits.count) {
        case "ms": .milliseconds(number)
        case "s": .seconds(number)
        case "m": .seconds(number * 60)
        case "h": .seconds(number * 3600)
        case "d": .seconds(number * 86_400)
        default: nil
        }
    }
}
