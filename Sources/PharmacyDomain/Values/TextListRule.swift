/// A rule for a list of texts: how many there may be, and what each must be.
package struct TextListRule: Sendable {
    /// The most entries.
    package let maximum: Int
    package let entry: TextRule

    package init(maximum: Int, entry: TextRule) {
        self.maximum = maximum
        self.entry = entry
    }

    /// What is wrong with a list that was made in code and is stored as it is, as the end of a sentence that begins with the
    /// member's name; `nil` if it follows the rule.
    package func violation(inValue texts: [String]) -> String? {
        guard texts.count <= maximum else { return "must have at most \(maximum) elements." }
        for (index, text) in texts.enumerated() {
            if let violation = entry.violation(inValue: text) { return "has an element, \(index), that \(violation)" }
        }
        return nil
    }
}
