import PharmacyDomain
import Testing

@Suite("The guide's validation rules for patients")
struct PatientRulesTests {
    @Test(
        "A name has letters, spaces, hyphens and apostrophes",
        arguments: [
            "Anna", "X", "Mary Ann", "O'Neill", "O’Neill", "Smith-Jones", "d'Arc-de la Tour", "José", "Jose\u{301}",
            "Müller",
            "Łukasz", "Søren", "Nguyễn", "Đặng", "李小龍", "محمد", "אברהם", "Ольга", "Ελένη", "हरि", "ʻĀina", "N'Golo",
            "a-", "Smith\u{2010}Jones", "Smith\u{2011}Jones", "O\u{2BC}Neil",
        ])
    func name(text: String) {
        #expect(PatientRules.name.violation(in: text) == nil)
    }

    @Test(
        "Other characters in a name, and a name without a letter, are refused",
        arguments: [
            "", " ", "-", "'", "- '", "Anna1", "Anna2 Bell", "Jr.", "Smith, John", "a_b", "a/b", "<b>", "Anna\n",
            "Ann\ta",
            "Anna;DROP", "a@b", "a\u{A0}b", "\u{301}Anna", "Anna😀", "Ⅷ", "٣", "a\u{200B}b", "a\u{202E}b", "a\u{0}b",
            "“Anna”", "A&B", "(Ann)", "Ann`",
        ])
    func noName(text: String) {
        #expect(PatientRules.name.violation(in: text) != nil)
    }

    @Test(
        "A phone number is exactly ten ASCII digits",
        arguments: [
            ("2025550101", true), ("0000000000", true), ("202555010", false), ("20255501011", false), ("", false),
            ("202-555-0101", false), ("(202)5550101", false), ("+12025550101", false), ("202555010a", false),
            ("202 555 01", false), ("２０２５５５０１０１", false), ("٢٠٢٥٥٥٠١٠١", false), ("+202555010", false),
        ])
    func phone(text: String, isPhone: Bool) {
        #expect((PatientRules.phone.violation(in: text) == nil) == isPhone)
    }

    @Test(
        "A ZIP code is 5 or 9 digits, the nine with or without their hyphen",
        arguments: [
            ("62704", true), ("00501", true), ("627041234", true), ("62704-1234", true), ("6270", false),
            ("627040", false), ("6270412345", false), ("62704-", false), ("62704-123", false), ("6270-41234", false),
            ("62704 1234", false), ("62704-12345", false), ("6270a", false), ("-6270", false), ("", false),
            ("６２７０４", false), ("627-04", false),
        ])
    func zip(text: String, isZIP: Bool) {
        #expect((PatientRules.zip.violation(in: text) == nil) == isZIP)
    }

    @Test(
        "An e-mail address has a local part and a dotted domain",
        arguments: [
            "john@example.com", "j@x.co", "john.doe+rx@mail.example.com", "a!#$%&'*+/=?^_`{|}~-b@example.com",
            "J@EXAMPLE.COM", "1@2.33", "a@xn--bcher-kva.example", String(repeating: "a", count: 64) + "@example.com",
            "a@" + String(repeating: "b", count: 63) + ".com",
        ])
    func email(text: String) {
        #expect(PatientRules.email.violation(in: text) == nil)
    }

    @Test(
        "Any other text is not an e-mail address",
        arguments: [
            "", "john", "@example.com", "john@", "john@example", "john@@example.com", "a@b@c.com", "john@.com",
            "john@example.", "john@example..com", "john@-example.com", "john@example-.com", "john doe@example.com",
            "john@exa mple.com", "john@exam_ple.com", "\"john\"@example.com", "john@[127.0.0.1]", "jöhn@example.com",
            "john@bücher.example", "<john@example.com>", "john@example.com\n", "john,doe@example.com",
            "a(c)@example.com",
            String(repeating: "a", count: 65) + "@example.com", "a@" + String(repeating: "b", count: 64) + ".com",
            "a@" + String(repeating: "b.", count: 130) + "com",
        ])
    func noEmail(text: String) {
        #expect(PatientRules.email.violation(in: text) != nil)
    }

    @Test(
        "An error names the part of the address that is invalid",
        arguments: [
            (PatientRules.name, "- '", "must have at least one letter."),
            (
                PatientRules.name, "Ann\u{A0}a",
                "may have letters, spaces, hyphens and apostrophes only: it has U+00A0 (the 4th character)."
            ),
            (
                PatientRules.phone, "+12025550101",
                "must be exactly 10 digits: “+” (the 1st character) is no digit."
            ),
            (PatientRules.phone, "20255501011", "must be exactly 10 digits: it has 11."),
            (PatientRules.zip, "6270a", "must be 5 or 9 digits: “a” (the 5th character) is no digit."),
            (PatientRules.zip, "627-0412345", "must be 5 or 9 digits: “-” (the 4th character) is no digit."),
            (PatientRules.zip, "62704-6-89", "must be 5 or 9 digits: “-” (the 8th character) is no digit."),
            (
                PatientRules.zip, "62704-123",
                "must be 5 or 9 digits: a hyphen is after the first 5 of 9 only, and it has 8."
            ),
            (PatientRules.zip, "627041", "must be 5 or 9 digits: it has 6."),
            (PatientRules.email, "john", "must be an e-mail address: it has no @."),
            (PatientRules.email, "a@b@c.com", "must be an e-mail address: it has more than one @."),
            (PatientRules.email, "@example.com", "must be an e-mail address: nothing is in front of the @."),
            (
                PatientRules.email, String(repeating: "a", count: 65) + "@example.com",
                "must be an e-mail address: it has more than 64 characters in front of the @."
            ),
            (
                PatientRules.email, "jöhn@example.com",
                "must be an e-mail address: it must not have “ö” (the 2nd character)."
            ),
            (
                PatientRules.email, "john@exam_ple.com",
                "must be an e-mail address: it must not have “_” (the 10th character)."
            ),
            (
                PatientRules.email, "john@example",
                "must be an e-mail address: its domain, after the @, has no dot."
            ),
            (
                PatientRules.email, "john@example..com",
                "must be an e-mail address: its domain must not begin or end with a dot, or have two in a row."
            ),
            (
                PatientRules.email, "john@-example.com",
                "must be an e-mail address: no part of its domain may begin or end with a hyphen."
            ),
            (
                PatientRules.email, "a@" + String(repeating: "b", count: 64) + ".com",
                "must be an e-mail address: a part of its domain has more than 63 characters."
            ),
        ] as [(TextRule, String, String)])
    func faults(rule: TextRule, text: String, sentence: String) {
        #expect(rule.violation(in: text) == sentence)
    }

    @Test("The states are the 50, the capital's district, territories, free states and military posts")
    func states() {
        let fifty = """
            AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR \
            PA RI SC SD TN TX UT VT VA WA WV WI WY
            """
        let others = "DC AS GU MP PR VI FM MH PW AA AE AP"
        let expected = (fifty + " " + others).split(separator: " ").map(String.init)
        #expect(expected.count == 62)
        #expect(Set(PatientRules.states) == Set(expected))
        #expect(PatientRules.states.count == expected.count)
    }

    @Test("The guide's limits")
    func limits() {
        #expect(PatientRules.name.maximum == 35)
        #expect(PatientRules.emailSearchLimit == 80)
    }
}
