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
        #expect(PatientRules.isName(text))
    }

    @Test(
        "Anything else in a name is refused, and so is one without a letter",
        arguments: [
            "", " ", "-", "'", "- '", "Anna1", "Anna2 Bell", "Jr.", "Smith, John", "a_b", "a/b", "<b>", "Anna\n",
            "Ann\ta",
            "Anna;DROP", "a@b", "a\u{A0}b", "\u{301}Anna", "Anna😀", "Ⅷ", "٣", "a\u{200B}b", "a\u{202E}b", "a\u{0}b",
            "“Anna”", "A&B", "(Ann)", "Ann`",
        ])
    func noName(text: String) {
        #expect(!PatientRules.isName(text))
    }

    @Test(
        "A phone number is exactly ten ASCII digits",
        arguments: [
            ("2025550101", true), ("0000000000", true), ("202555010", false), ("20255501011", false), ("", false),
            ("202-555-0101", false), ("(202)5550101", false), ("+12025550101", false), ("202555010a", false),
            ("202 555 01", false), ("２０２５５５０１０１", false), ("٢٠٢٥٥٥٠١٠١", false), ("+202555010", false),
        ])
    func phone(text: String, isPhone: Bool) {
        #expect(PatientRules.isPhone(text) == isPhone)
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
        #expect(PatientRules.isZIP(text) == isZIP)
    }

    @Test(
        "An e-mail address has a local part and a dotted domain",
        arguments: [
            "john@example.com", "j@x.co", "john.doe+rx@mail.example.com", "a!#$%&'*+/=?^_`{|}~-b@example.com",
            "J@EXAMPLE.COM", "1@2.33", "a@xn--bcher-kva.example", String(repeating: "a", count: 64) + "@example.com",
            "a@" + String(repeating: "b", count: 63) + ".com",
        ])
    func email(text: String) {
        #expect(PatientRules.isEmail(text))
    }

    @Test(
        "Anything else is no e-mail address",
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
        #expect(!PatientRules.isEmail(text))
    }

    @Test(
        "What is wrong is said of the part that is",
        arguments: [
            (PatientRules.nameFault, "- '", "must have at least one letter."),
            (
                PatientRules.nameFault, "Ann\u{A0}a",
                "may have letters, spaces, hyphens and apostrophes only: it has U+00A0 (the 4th character)."
            ),
            (
                PatientRules.phoneFault, "+12025550101",
                "must be exactly 10 digits: “+” (the 1st character) is no digit."
            ),
            (PatientRules.phoneFault, "20255501011", "must be exactly 10 digits: it has 11."),
            (PatientRules.zipFault, "6270a", "must be 5 or 9 digits: “a” (the 5th character) is no digit."),
            (PatientRules.zipFault, "627-0412345", "must be 5 or 9 digits: “-” (the 4th character) is no digit."),
            (PatientRules.zipFault, "62704-6-89", "must be 5 or 9 digits: “-” (the 8th character) is no digit."),
            (
                PatientRules.zipFault, "62704-123",
                "must be 5 or 9 digits: a hyphen is after the first 5 of 9 only, and it has 8."
            ),
            (PatientRules.zipFault, "627041", "must be 5 or 9 digits: it has 6."),
            (PatientRules.emailFault, "john", "must be an e-mail address: it has no @."),
            (PatientRules.emailFault, "a@b@c.com", "must be an e-mail address: it has more than one @."),
            (PatientRules.emailFault, "@example.com", "must be an e-mail address: nothing is in front of the @."),
            (
                PatientRules.emailFault, String(repeating: "a", count: 65) + "@example.com",
                "must be an e-mail address: it has more than 64 characters in front of the @."
            ),
            (
                PatientRules.emailFault, "jöhn@example.com",
                "must be an e-mail address: it must not have “ö” (the 2nd character)."
            ),
            (
                PatientRules.emailFault, "john@exam_ple.com",
                "must be an e-mail address: it must not have “_” (the 10th character)."
            ),
            (
                PatientRules.emailFault, "john@example",
                "must be an e-mail address: its domain, after the @, has no dot."
            ),
            (
                PatientRules.emailFault, "john@example..com",
                "must be an e-mail address: its domain must not begin or end with a dot, or have two in a row."
            ),
            (
                PatientRules.emailFault, "john@-example.com",
                "must be an e-mail address: no part of its domain may begin or end with a hyphen."
            ),
            (
                PatientRules.emailFault, "a@" + String(repeating: "b", count: 64) + ".com",
                "must be an e-mail address: a part of its domain has more than 63 characters."
            ),
        ] as [(@Sendable (String) -> String?, String, String)])
    func faults(rule: @Sendable (String) -> String?, text: String, sentence: String) {
        #expect(rule(text) == sentence)
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
        #expect(PatientRules.nameLimit == 35)
        #expect(PatientRules.emailSearchLimit == 80)
    }
}
