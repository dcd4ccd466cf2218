/// A rule for text that a person types: how long it may be, and which characters it may have.
///
/// Text is normalized before it is measured: surrounding white space is removed, and the rest is converted to Unicode
/// Normalization Form C.
package struct TextRule: Sendable {
    /// The most characters (grapheme clusters), see `String.hasAtMost(characters:)`.
    package let maximum: Int
    /// Whether tabs and line breaks are allowed.
    package let allowsLines: Bool
    private let fault: @Sendable (String) -> String?

    /// - Parameter fault: what is wrong with a text, as the end of a sentence that begins with the member's name.
    package init(
        maximum: Int, allowsLines: Bool = false, fault: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.maximum = maximum
        self.allowsLines = allowsLines
        self.fault = fault
    }

    /// The result of reading a text under a rule.
    package enum Reading: Hashable, Sendable {
        /// The normalized text, which follows the rule.
        case text(String)
        /// Nothing but white space.
        case blank
        /// What is wrong, as the end of a sentence that begins with the member's name.
        case fault(String)
    }

    /// Normalizes a text and checks it.
    package func read(_ raw: String) -> Reading {
        if raw.isPlain { return plainViolation(in: raw).map(Reading.fault) ?? .text(raw) }
        let trimmed = raw.trimmed
        guard !trimmed.hasLongMarkRun else {
            return .fault("must not have more than \(String.markRunLimit) combining marks in a row.")
        }
        let text = trimmed.normalized
        guard !text.isEmpty else { return .blank }
        return violation(in: text).map(Reading.fault) ?? .text(text)
    }

    /// What is wrong with a text that is normalized already; `nil` if it follows the rule.
    package func violation(in text: String) -> String? {
        guard text.hasAtMost(characters: maximum) else { return "must be at most \(maximum) characters." }
        if let fault = text.controlCharacter(allowingLines: allowsLines) {
            return "must not contain control characters: it has \(fault.description)."
        }
        return fault(text)
    }

    /// What is wrong with a text that was made in code and is stored as it is: also that it is blank or not normalized; `nil`
    /// if `read` would return the same text.
    package func violation(inValue text: String) -> String? {
        if text.isPlain { return plainViolation(in: text) }
        let trimmed = text.trimmed
        guard !trimmed.isEmpty else { return "must not be blank." }
        guard !text.hasLongMarkRun else {
            return "must not have more than \(String.markRunLimit) combining marks in a row."
        }
        guard trimmed.normalized.hasSameBytes(as: text) else {
            return "must have no white space around it and be in Unicode Normalization Form C."
        }
        return violation(in: text)
    }

    /// The same as `violation(in:)` for a plain text, in which each byte is a character and none is a control character.
    private func plainViolation(in text: String) -> String? {
        text.utf8.count > maximum ? "must be at most \(maximum) characters." : fault(text)
    }
}
