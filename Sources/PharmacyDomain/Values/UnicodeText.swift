@_spi(_Unicode) import Swift

/// What the server makes of text before it keeps or compares it.
///
/// The standard library has the normal forms of Unicode, by which its strings are equal, and no public name for them yet:
/// this file alone uses the names that it shows to Foundation.
extension String {
    /// The most combining marks in a row that a text may have, as in the Stream-Safe Text Format (UAX #15, section 13). No
    /// language needs more than a handful.
    ///
    /// Strings are compared, hashed and normalized in canonical order, for which the marks between two letters are sorted by
    /// insertion: n marks in a row cost n² steps, many seconds for what one body can carry.
    package static let markRunLimit = 30

    /// Code points that count as one character, at the most: a letter with its marks, a flag, or a family of emoji has fewer.
    /// What has more counts as several, so that the limits on characters bound what is kept as well.
    package static let scalarsPerCharacter = 8

    /// The first byte in UTF-8 of U+0300. Text of characters below it has no combining marks and is normalized.
    private static let firstMark: UInt8 = 0xCC

    /// Whether there may be combining marks, or characters with another normal form.
    private var mayHaveMarks: Bool { utf8.contains { $0 >= String.firstMark } }

    /// Whether more marks than `markRunLimit` follow one another: then nothing must be done with the text.
    package var hasLongMarkRun: Bool {
        guard utf8.count > String.markRunLimit, mayHaveMarks else { return false }
        var run = 0
        for scalar in unicodeScalars {
            run = scalar.isMark ? run + 1 : 0
            if run > String.markRunLimit { return true }
        }
        return false
    }

    /// The text in Normalization Form C (UAX #15): what looks the same is the same. It is changed only where it must be, and
    /// stays as it is where too many marks are in a row.
    package var normalized: String {
        guard mayHaveMarks, !hasLongMarkRun else { return self }
        var scalars = UnicodeScalarView()
        for scalar in _nfc { scalars.append(scalar) }
        return String(scalars)
    }

    /// Whether two texts are the same, byte by byte. `==` takes what looks the same for the same, and may take long for it.
    package func hasSameBytes(as other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }

    /// Whether the text has at most so many characters as a person counts them (grapheme clusters, UAX #29), each of at most
    /// `scalarsPerCharacter` code points. No text of at most `limit` code points has more.
    package func hasAtMost(characters limit: Int) -> Bool {
        if utf8.count <= limit { return true }
        guard utf8.count <= 4 * String.scalarsPerCharacter * limit else { return false }
        var count = 0
        for character in self {
            count += (character.unicodeScalars.count + String.scalarsPerCharacter - 1) / String.scalarsPerCharacter
            if count > limit { return false }
        }
        return true
    }

    /// What texts have in common that a person takes for the same: the text without regard to case (full case folding, so
    /// that `ß` is `ss`), to the width of letters, and to the form of apostrophes and hyphens, without white space around it,
    /// and with one space for all white space within. Of visible ASCII without capitals and spaces it is the text itself.
    ///
    /// Digests of it are stored: whoever changes what it makes of a text must have them made again.
    package var comparisonKey: String {
        utf8.allSatisfy { $0 < 0x80 } ? comparisonKeyOfASCII : comparisonKeyOfUnicode
    }

    private var comparisonKeyOfASCII: String {
        var key: [UInt8] = []
        key.reserveCapacity(utf8.count)
        var isSpaceDue = false
        for byte in utf8 {
            if byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte) {
                isSpaceDue = !key.isEmpty
                continue
            }
            if isSpaceDue { key.append(UInt8(ascii: " ")) }
            isSpaceDue = false
            key.append((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte)
        }
        return String(decoding: key, as: UTF8.self)
    }

    private var comparisonKeyOfUnicode: String {
        // In lower case first: the capital ẞ has no upper case of two letters, as its small form has.
        let folded = normalized.lowercased().uppercased().lowercased()
        var key = UnicodeScalarView()
        var isSpaceDue = false
        for scalar in folded.unicodeScalars {
            if scalar.properties.isWhitespace {
                isSpaceDue = !key.isEmpty
                continue
            }
            if isSpaceDue { key.append(" ") }
            isSpaceDue = false
            key.append(scalar.comparisonForm)
        }
        return String(key).normalized
    }
}

extension Unicode.Scalar {
    /// Whether it is drawn on the character before it.
    package var isMark: Bool {
        // Nothing before U+0300 is, and most text stands there.
        guard value >= 0x300 else { return false }
        return switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: properties.canonicalCombiningClass != .notReordered
        }
    }

    /// The character that stands for all of its width, for all apostrophes, or for all hyphens.
    fileprivate var comparisonForm: Unicode.Scalar {
        switch value {
        // Single quotation marks, the modifier letters that look like them, the full-width apostrophe.
        case 0x2018, 0x2019, 0x201B, 0x02BB, 0x02BC, 0x02BD, 0xFF07: "'"
        // Hyphens, dashes, the minus sign, small and full-width hyphens.
        case 0x2010...0x2015, 0x2212, 0xFE58, 0xFE63, 0xFF0D: "-"
        // Full-width forms of ASCII.
        case 0xFF01...0xFF5E: Unicode.Scalar(value - 0xFEE0) ?? self
        // Half-width Katakana, in the order of their code points.
        case 0xFF65...0xFF9F: Unicode.Scalar.fullWidthKatakana[Int(value - 0xFF65)]
        // Half-width Hangul letters.
        case 0xFFA1...0xFFBE: Unicode.Scalar(value - 0xFFA1 + 0x3131) ?? self
        case 0xFFC2...0xFFC7: Unicode.Scalar(value - 0xFFC2 + 0x314F) ?? self
        case 0xFFCA...0xFFCF: Unicode.Scalar(value - 0xFFCA + 0x3155) ?? self
        case 0xFFD2...0xFFD7: Unicode.Scalar(value - 0xFFD2 + 0x315B) ?? self
        case 0xFFDA...0xFFDC: Unicode.Scalar(value - 0xFFDA + 0x3161) ?? self
        default: self
        }
    }

    /// The full-width forms of U+FF65 to U+FF9F; of the last two the combining ones, which join the letter in front.
    private static let fullWidthKatakana: [Unicode.Scalar] = Array(
        "・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u{3099}\u{309A}"
            .unicodeScalars)
}
