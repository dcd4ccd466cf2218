import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("Rules for text")
struct TextRuleTests {
    private static let rule = TextRule(maximum: 4) { $0.contains("x") ? "must not have an x." : nil }
    private static let lines = TextRule(maximum: 9, allowsLines: true)

    @Test(
        "White space around a text is removed, and the rest is converted to Normalization Form C",
        arguments: [
            ("ab", "ab"), (" ab\n", "ab"), ("\u{A0}a b\u{3000}", "a b"), ("e\u{301}", "\u{E9}"),
            ("e\u{302}\u{323}", "\u{1EC7}"),
        ])
    func normalized(raw: String, text: String) throws {
        guard case .text(let found) = TextRuleTests.rule.read(raw) else {
            Issue.record("the text was refused")
            return
        }
        #expect(found.hasSameBytes(as: text))
    }

    @Test("A text of nothing but white space is blank", arguments: ["", " ", "\t\r\n", "\u{85}\u{2003}\u{3000}"])
    func blank(raw: String) {
        #expect(TextRuleTests.rule.read(raw) == .blank)
        #expect(TextRuleTests.rule.violation(inValue: raw) == "must not be blank.")
    }

    @Test(
        "Length is measured in characters, after normalization", arguments: ["abcd", "  abcd  ", "e\u{301}bcd", "👨‍👩‍👧‍👦bcd"])
    func longest(raw: String) {
        guard case .text = TextRuleTests.rule.read(raw) else {
            Issue.record("the text was refused")
            return
        }
        #expect(TextRuleTests.rule.read(raw + "e") == .fault("must be at most 4 characters."))
    }

    @Test("Control characters are refused; tabs and line breaks only where a text has one line")
    func controlCharacters() {
        let sentence = "must not contain control characters: it has U+0009 (the 2nd character)."
        #expect(TextRuleTests.rule.read("a\tb") == .fault(sentence))
        #expect(TextRuleTests.lines.read("a\tb\r\nc") == .text("a\tb\r\nc"))
        for scalar in ["\u{0}", "\u{7}", "\u{1F}", "\u{7F}", "\u{9F}"] {
            for rule in [TextRuleTests.rule, TextRuleTests.lines] {
                guard case .fault(let fault) = rule.read("a\(scalar)b") else {
                    Issue.record("a control character was accepted")
                    continue
                }
                #expect(fault.hasPrefix("must not contain control characters: it has U+00"))
            }
        }
    }

    @Test("The rule's own fault comes after length and control characters")
    func order() {
        #expect(TextRuleTests.rule.read("ax") == .fault("must not have an x."))
        #expect(TextRuleTests.rule.read("abcdx") == .fault("must be at most 4 characters."))
        #expect(
            TextRuleTests.rule.read("x\u{7}")
                == .fault("must not contain control characters: it has U+0007 (the 2nd character)."))
    }

    @Test("A long run of combining marks is refused before anything is done with it")
    func marks() {
        let marks = String(repeating: "\u{301}", count: String.markRunLimit + 1)
        let sentence = "must not have more than 30 combining marks in a row."
        #expect(TextRuleTests.lines.read("a" + marks) == .fault(sentence))
        #expect(TextRuleTests.lines.violation(inValue: "a" + marks) == sentence)
    }

    @Test(
        "A value created in code must be normalized already",
        arguments: [
            ("ab", nil), ("a b", nil), ("\u{E9}", nil), (" ab", true), ("ab ", true), ("ab\n", true),
            ("e\u{301}", true),
        ] as [(String, Bool?)])
    func value(text: String, isRefused: Bool?) {
        let sentence = "must have no white space around it and be in Unicode Normalization Form C."
        #expect(TextRuleTests.rule.violation(inValue: text) == (isRefused == true ? sentence : nil))
    }

    @Test("A value created in code must follow the rule")
    func valueRule() {
        #expect(TextRuleTests.rule.violation(inValue: "abcde") == "must be at most 4 characters.")
        #expect(TextRuleTests.rule.violation(inValue: "ax") == "must not have an x.")
    }

    @Test("A text that was read is a valid value, and reading it again changes nothing", arguments: 0..<20)
    func stable(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var accepted = 0
        for _ in 0..<200 {
            let raw = generator.string()
            guard case .text(let text) = TextRuleTests.lines.read(raw) else {
                // What cannot be read is no value, either.
                #expect(TextRuleTests.lines.violation(inValue: raw) != nil)
                continue
            }
            accepted += 1
            #expect(TextRuleTests.lines.violation(in: text) == nil)
            #expect(TextRuleTests.lines.violation(inValue: text) == nil)
            guard case .text(let again) = TextRuleTests.lines.read(text) else {
                Issue.record("a text that was read was refused")
                continue
            }
            #expect(again.hasSameBytes(as: text))
        }
        #expect(accepted > 0)
    }
}
