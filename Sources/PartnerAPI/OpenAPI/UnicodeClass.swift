/// Spells out the classes that `\p{…}` names in regular expressions: the engines of several languages that partners
/// use, Python's among them, know no such escapes, and the tools that check documents refuse them.
package enum UnicodeClass {
    /// `pattern` with `\p{L}` and `\p{M}`, which must stand between brackets, as ranges of characters.
    package static func spelledOut(_ pattern: String) -> String {
        guard pattern.contains(#"\p{"#) else { return pattern }
        return pattern.replacing(#"\p{L}"#, with: letters).replacing(#"\p{M}"#, with: marks)
    }

    /// `\p{L}`.
    private static let letters = ranges { scalar in
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    /// `\p{M}`.
    private static let marks = ranges { scalar in
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    /// The planes that have letters or marks: the first four, and the variation selectors.
    private static let planes: [ClosedRange<UInt32>] = [0...0x3_FFFF, 0xE_0000...0xE_0FFF]

    /// All members of a class.
    private static func ranges(of isMember: (Unicode.Scalar) -> Bool) -> String {
        var text = ""
        for plane in planes {
            var start: UInt32?
            for value in plane {
                let isIn = Unicode.Scalar(value).map(isMember) ?? false
                if isIn, start == nil { start = value }
                if !isIn, let first = start {
                    text += range(first, value - 1)
                    start = nil
                }
            }
            if let start { text += range(start, plane.upperBound) }
        }
        return text
    }

    /// One run of characters.
    private static func range(_ first: UInt32, _ last: UInt32) -> String {
        first == last ? character(first) : character(first) + "-" + character(last)
    }

    /// ASCII letters and what lies beyond the first plane as they are, the others with four digits: the forms that all
    /// engines have in common.
    private static func character(_ value: UInt32) -> String {
        if value < 0x80 || value > 0xFFFF, let scalar = Unicode.Scalar(value) { return String(Character(scalar)) }
        let digits = String(value, radix: 16, uppercase: true)
        return #"\u"# + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}
