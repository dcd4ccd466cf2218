@_spi(_Unicode) import Swift

/// The normal forms in which the server stores and compares text.
///
/// The standard library implements Unicode's normal forms, but has no public names for them yet. Only this file uses the names that
/// it exports to Foundation.
extension String {
    /// The most consecutive combining marks that a text may have, as in the Stream-Safe Text Format (UAX #15, section 13). No
    /// language needs more than a few.
    ///
    /// Strings are compared, hashed and normalized in canonical order, for which consecutive marks are sorted by insertion: n marks
    /// take n² steps, which are many seconds for the size of one body.
    package static let markRunLimit = 30

    /// The most code points that count as one character. A letter with its marks, a flag or a family of emoji has fewer. A longer
    /// grapheme cluster counts as several characters, so that limits in characters also limit the stored size.
    package static let scalarsPerCharacter = 8

    /// The first byte in UTF-8 of U+0300. Text of characters below it has no combining marks and is normalized.
    private static let firstMark: UInt8 = 0xCC

    /// Whether there may be combining marks, or characters with another normal form.
    private var mayHaveMarks: Bool { utf8.contains { $0 >= String.firstMark } }

    /// Whether the text has more consecutive combining marks than `markRunLimit`. Such a text must not be compared or normalized.
    package var hasLongMarkRun: Bool {
        guard utf8.count > String.markRunLimit, mayHaveMarks else { return false }
        var run = 0
        for scalar in unicodeScalars {
            run = scalar.isMark ? run + 1 : 0
            if run > String.markRunLimit { return true }
        }
        return false
    }

    /// Whether the text consists of printable ASCII characters, at least one, without spaces at its ends: trimming it and
    /// normalizing it change nothing.
    package var isPlain: Bool {
        let (bytes, space) = (utf8, UInt8(ascii: " "))
        guard let first = bytes.first, let last = bytes.last, first != space, last != space else { return false }
        return bytes.allSatisfy { (space...UInt8(ascii: "~")).contains($0) }
    }

    /// The text in Normalization Form C (UAX #15), in which texts that look the same are equal. A text with too many consecutive
    /// marks is returned unchanged.
    package var normalized: String {
        guard mayHaveMarks, !hasLongMarkRun else { return self }
        var scalars = UnicodeScalarView()
        for scalar in _nfc { scalars.append(scalar) }
        return String(scalars)
    }

    /// Whether two texts have the same bytes. `==` compares canonical forms instead, which may take long.
    package func hasSameBytes(as other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }

    /// Whether the text has at most `limit` characters (grapheme clusters, UAX #29) of at most `scalarsPerCharacter` code points
    /// each. A text of at most `limit` code points never has more.
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

    /// A form in which texts are equal that a person considers the same: without differences of case (full case folding, so that `ß`
    /// equals `ss`), of the width of letters, and of the form of apostrophes and hyphens; without surrounding white space, and
    /// with one space for all white space within. Visible ASCII without capitals and spaces stays the same.
    ///
    /// Digests of this form are stored. A change of the form requires making them again.
    package var comparisonKey: String {
        isASCII ? comparisonKeyOfASCII : comparisonKeyOfUnicode
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
    /// Whether the scalar is a combining mark.
    package var isMark: Bool {
        // No code point before U+0300 is a mark, and most text has no others.
        guard value >= 0x300 else { return false }
        return switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: properties.canonicalCombiningClass != .notReordered
        }
    }

    /// The representative of the scalar among those that differ only in width, or among all apostrophes or hyphens.
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

extension String {
    /// Whether all characters are ASCII.
    package var isASCII: Bool {
        utf8.withContiguousStorageIfAvailable { $0.allSatisfy { $0 < 0x80 } } ?? utf8.allSatisfy { $0 < 0x80 }
    }
}
