/// A character that a rule does not allow, and its position. An error contains nothing else of the value, which may be a name. It
/// is sent to the client that sent the value, and is never logged.
package struct CharacterFault: Hashable, Sendable {
    private let character: Character
    /// The code point of the character that is not allowed.
    private let scalar: Unicode.Scalar
    /// In characters from 1, after trimming.
    private let position: Int

    /// The character that a code point of `text` belongs to.
    package init(_ index: String.Index, in text: String) {
        var position = 0
        var found = text.startIndex
        for start in text.indices {
            guard start <= index else { break }
            found = start
            position += 1
        }
        self.character = text[found]
        self.scalar = text.unicodeScalars[index]
        self.position = position
    }

    /// The first character with a code point that `isAllowed` refuses; `nil` where there is none.
    package init?(in text: String, unless isAllowed: (Unicode.Scalar) -> Bool) {
        guard let index = text.unicodeScalars.firstIndex(where: { !isAllowed($0) }) else { return nil }
        self.init(index, in: text)
    }

    /// `“3” (the 4th character)`.
    package var description: String { "\(name) (the \(CharacterFault.ordinal(position)) character)" }

    /// The character itself where its fault is visible, else the number of the code point.
    private var name: String {
        let scalars = character.unicodeScalars
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .nonspacingMark, .spacingMark, .enclosingMark:
            break
        case .spaceSeparator where scalar != " ": break
        default: if scalars.first == scalar, scalars.count <= String.scalarsPerCharacter { return "“\(character)”" }
        }
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    private static func ordinal(_ number: Int) -> String {
        let ending =
            switch (number % 10, number % 100) {
            case (_, 11...13): "th"
            case (1, _): "st"
            case (2, _): "nd"
            case (3, _): "rd"
            default: "th"
            }
        return "\(number)\(ending)"
    }
}
