import PharmacyDomain
import Testing

@Suite("Characters that a rule does not allow")
struct CharacterFaultTests {
    @Test(
        "The character is reported with its position, without the rest of the text",
        arguments: [
            ("An3na", "“3” (the 3rd character)"), ("3", "“3” (the 1st character)"), ("é3", "“3” (the 2nd character)"),
            ("e\u{301}3", "“3” (the 2nd character)"), ("👨‍👩‍👧‍👦3", "“👨‍👩‍👧‍👦” (the 1st character)"),
            ("abcdefghij3", "“3” (the 11th character)"), ("abcdefghijk3", "“3” (the 12th character)"),
            ("abcdefghijabcdefghij3", "“3” (the 21st character)"), ("a\u{200B}b", "U+200B (the 2nd character)"),
            ("a\u{A0}b", "U+00A0 (the 2nd character)"), ("a\u{0}", "U+0000 (the 2nd character)"),
            ("a\u{202E}b", "U+202E (the 2nd character)"), ("3\u{301}", "“3\u{301}” (the 1st character)"),
            ("3" + String(repeating: "\u{301}", count: 9), "U+0033 (the 1st character)"),
            ("a\u{10FFFF}", "U+10FFFF (the 2nd character)"), ("ab…", "“…” (the 3rd character)"),
            // The fault of the first letter is not the letter itself.
            ("a\u{200D}b", "U+200D (the 1st character)"),
        ])
    func naming(text: String, description: String) {
        let fault = CharacterFault(in: text) { $0.properties.isAlphabetic || $0.isMark }
        #expect(fault?.description == description)
    }

    @Test("A text without an invalid character has no fault")
    func none() {
        #expect(CharacterFault(in: "abc") { $0.isASCII } == nil)
    }
}
