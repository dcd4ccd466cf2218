import PharmacyDomain
import Testing

@Suite("Text")
struct UnicodeTextTests {
    private func scalars(_ text: String) -> [UInt32] { text.unicodeScalars.map(\.value) }

    @Test(
        "The normal form is that of the Unicode standard (UAX #15), scalar by scalar",
        arguments: [
            ("Zoe\u{308}", "Zo\u{EB}"), ("Zo\u{EB}", "Zo\u{EB}"), ("\u{212B}", "\u{C5}"), ("\u{2126}", "\u{3A9}"),
            // Marks in canonical order, and those of one class in theirs.
            ("e\u{302}\u{323}", "\u{1EC7}"), ("e\u{323}\u{302}", "\u{1EC7}"), ("a\u{301}\u{300}", "\u{E1}\u{300}"),
            // Excluded from composition.
            ("\u{958}", "\u{915}\u{93C}"), ("\u{FB1D}", "\u{5D9}\u{5B4}"),
            ("\u{1100}\u{1161}\u{11A8}", "\u{AC01}"), ("plain", "plain"), ("", ""),
            // What only looks alike stays: that is for the comparison key.
            ("\u{FF21}", "\u{FF21}"), ("\u{2019}", "\u{2019}"),
        ])
    func normalForm(text: String, normal: String) {
        #expect(scalars(text.normalized) == scalars(normal))
        #expect(scalars(normal.normalized) == scalars(normal))
    }

    @Test(
        "Texts that a person considers the same have one key",
        arguments: [
            ["Zoë", "Zoe\u{308}", "ZOË", "zoë"], ["O'Neil", "O\u{2019}Neil", "o\u{2BC}neil", "O\u{2018}NEIL"],
            ["Groß", "GROSS", "gross", "GRO\u{1E9E}"], ["Mary Ann", "Mary  Ann", " mary\u{A0}\u{3000}ann\n"],
            ["Smith-Jones", "smith\u{2010}jones", "SMITH\u{2011}JONES", "Smith\u{FF0D}Jones"],
            ["Anna", "\u{FF21}\u{FF4E}\u{FF4E}\u{FF41}"], ["ガ", "\u{FF76}\u{FF9E}", "カ\u{3099}"],
            ["ΟΔΥΣΣΕΥΣ", "οδυσσευς", "οδυσσευσ"], ["ᾼ", "ᾳ", "αι"], ["ﬁ", "FI"], ["\u{212A}", "k"],
        ])
    func sameKey(texts: [String]) {
        #expect(Set(texts.map { scalars($0.comparisonKey) }).count == 1)
    }

    @Test(
        "Different names have different keys",
        arguments: [
            ("Zoë", "Zoe"), ("O'Neil", "ONeil"), ("Mary Ann", "Maryann"), ("Smith-Jones", "Smith Jones"), ("ö", "o"),
        ])
    func otherKey(left: String, right: String) {
        #expect(left.comparisonKey != right.comparisonKey)
    }

    @Test("Of ASCII the key is what earlier versions stored, the text in lower case")
    func keyOfASCII() {
        let visible = String(decoding: (0x21...0x7E).map { UInt8($0) }, as: UTF8.self)
        #expect(visible.comparisonKey == visible.lowercased())
    }

    @Test(
        "The key of a key is the key itself",
        arguments: ["Zoe\u{308}  Groß", "\u{FF76}\u{FF9E}", "İSTANBUL", "ŉ", "ᾼ\u{345}"])
    func keyOfKey(text: String) {
        let key = text.comparisonKey
        #expect(scalars(key.comparisonKey) == scalars(key))
    }

    @Test(
        "Characters are grapheme clusters, and a cluster of many code points counts as several",
        arguments: [
            ("", 0), ("abc", 3), ("Zoe\u{308}", 3), ("क्षि", 1), ("👨‍👩‍👧‍👦", 1), ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 1), ("\r\n", 1),
            ("a" + String(repeating: "\u{301}", count: 7), 1), ("a" + String(repeating: "\u{301}", count: 8), 2),
            (String(repeating: "\u{1100}", count: 800), 100), (String(repeating: "é", count: 35), 35),
        ])
    func counting(text: String, count: Int) {
        #expect(text.hasAtMost(characters: count))
        #expect(count == 0 || !text.hasAtMost(characters: count - 1))
        #expect(text.hasAtMost(characters: text.unicodeScalars.count), "no text has more characters than code points")
    }

    @Test(
        "At most thirty consecutive marks are accepted",
        arguments: ["\u{301}", "\u{323}\u{301}", "\u{F73}", "\u{5B0}", "\u{93E}"])
    func markRuns(marks: String) {
        func run(_ count: Int) -> String {
            "a"
                + String(
                    String.UnicodeScalarView(
                        (0..<count).map { marks.unicodeScalars.map(\.self)[$0 % marks.unicodeScalars.count] }))
        }
        #expect(!run(30).hasLongMarkRun)
        #expect(!(run(30) + run(30)).hasLongMarkRun)
        #expect(run(31).hasLongMarkRun)
        #expect((run(30) + run(31)).hasLongMarkRun)
        // To put so many in order is what takes so long.
        #expect(scalars(run(31).normalized) == scalars(run(31)))
    }

    @Test("Texts are the same only if their bytes are, not if they are canonically equivalent")
    func sameBytes() {
        #expect("Zoë".hasSameBytes(as: "Zoë"))
        #expect(!"Zo\u{EB}".hasSameBytes(as: "Zoe\u{308}"))
        #expect(!"a".hasSameBytes(as: "b"))
    }
}
