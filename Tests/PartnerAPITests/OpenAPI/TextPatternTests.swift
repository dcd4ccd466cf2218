import PartnerAPI
import PharmacyDomain
import Testing

/// The document's patterns and the domain's rules must agree on every text.
@Suite("Patterns")
struct TextPatternTests {
    static let texts: [String] = [
        "", " ", "\t\n", "\u{85}", "\u{A0}", "\u{3000}", "a", " a ", "a\n", "\na", "a\nb", "a\tb", "a\u{0}", "\u{0}",
        "\u{1F}", "a\u{1F}", "\u{7F}", "a\u{9F}b", "O'Neil-Smith", "O\u{2019}Neil", "O\u{2BC}Neil",
        "Smith\u{2010}Jones", "Smith\u{2011}Jones", "a\u{2013}b", "José", "Jose\u{301}", "\u{301}a",
        "'",
        "-", "- a", "李小龍", "a1", "1", "a_b", "Ann Marie", "Ann\u{A0}Marie", "\u{FEFF}", "\u{200B}", "0123456789",
        " 0123456789 ", "012345678", "01234567890", "٠١٢٣٤٥٦٧٨٩", "12345", "123456789", "12345-6789", "12345-", "1234",
        "123456", "188.00", "0.00", "00.00", "1.0", "1.000", "-1.00", ".50", "9999999.99", "10000000.00",
        "jane@example.com", "jane@example", "jane@", "@example.com", "a.b+c@x-y.example", "a@-x.com", "a@x-.com",
        "a@b..c", "jane@exämple.com", "a b@c.de", "a@b@c.de", ".a@b.co",
    ]

    /// What the server makes of one member.
    private func accepts(_ text: String, _ read: (inout FieldReader) -> Void) -> Bool {
        var fields = FieldReader(["f": .string(text)])
        read(&fields)
        return fields.problems.isEmpty
    }

    @Test("Required and optional lines", arguments: texts)
    func lines(text: String) {
        let required = accepts(text) { _ = $0.text("f", maximum: 99, required: true) }
        let optional = accepts(text) { _ = $0.text("f", maximum: 99) }
        let lines = accepts(text) { _ = $0.text("f", maximum: 99, multiline: true) }
        #expect(SchemaValidator.matches(text, TextPattern.line) == required)
        #expect(SchemaValidator.matches(text, TextPattern.optionalLine) == optional)
        #expect(SchemaValidator.matches(text, TextPattern.optionalLines) == lines)
    }

    /// A name's pattern leaves out other white space than spaces around it, which the server drops.
    @Test("Names", arguments: texts.filter { !$0.unicodeScalars.contains { $0.properties.isWhitespace && $0 != " " } })
    func names(text: String) {
        let required = accepts(text) { fields in
            _ = fields.parsed("f", required: true, "no") { PatientRules.isName($0) ? $0 : nil }
        }
        let optional = accepts(text) { fields in
            _ = fields.parsed("f", "no") { PatientRules.isName($0) ? $0 : nil }
        }
        #expect(SchemaValidator.matches(text, TextPattern.name) == required)
        #expect(SchemaValidator.matches(text, TextPattern.optionalName) == optional)
    }

    @Test("Phones, ZIP codes, prices and addresses", arguments: texts)
    func rules(text: String) {
        let rules: [(String, @Sendable (String) -> Bool)] = [
            (TextPattern.phone, PatientRules.isPhone), (TextPattern.zip, PatientRules.isZIP),
            (TextPattern.price, { Price($0) != nil }),
            (TextPattern.email, PatientRules.isEmail),
        ]
        for (pattern, isValid) in rules {
            let required = accepts(text) { fields in
                _ = fields.parsed("f", required: true, "no") { isValid($0) ? $0 : nil }
            }
            let optional = accepts(text) { fields in _ = fields.parsed("f", "no") { isValid($0) ? $0 : nil } }
            #expect(SchemaValidator.matches(text, TextPattern.required(pattern)) == required, "\(pattern)")
            #expect(SchemaValidator.matches(text, TextPattern.optional(pattern)) == optional, "\(pattern)")
        }
    }

    @Test(
        "URLs of webhooks",
        arguments: [
            "https://your-app.com/webhooks/orders", "http://localhost:9000/", "http://127.0.0.1:65535/x?a=b%20c#d",
            "ftp://a.com",
            "https://", "https://a b.com", "https://user@a.com/", "https://a.com:0/", "https://a.com:65536/",
            "https://1.2.3",
            "https://1.2.3.256", "a.com", "https://a.com/<", "HTTPS", "https://a.com?x", "https://a.com#x",
            " https://a.com ",
        ])
    func urls(text: String) {
        let egress = EgressPolicy(allowsPlainHTTP: true, allowsLoopback: true)
        let isValid = (try? WebhookURL(text, egress: egress)) != nil
        #expect(SchemaValidator.matches(text, TextPattern.required(TextPattern.webhookURL)) == isValid)
    }

    @Test(
        "Tenants' names",
        arguments: [
            "sandbox", "a", "a-b", "-a", "a-", "A", "a_b", "", "ä", String(repeating: "a", count: 40),
            String(repeating: "a", count: 41),
        ])
    func tenants(name: String) {
        #expect(SchemaValidator.matches(name, TextPattern.whole(TextPattern.tenant)) == Tenant.isValid(name: name))
    }

    @Test("Dates of birth are days of the calendar from 1900 on, whatever the day is today")
    func birthDates() {
        let regex = TextPattern.whole(TextPattern.birthDate)
        for year in [1000, 1899, 1900, 1904, 1999, 2000, 2001, 2024, 2026, 2096, 2100, 2400, 3000, 9996, 9999] {
            for month in [0, 1, 2, 3, 4, 9, 11, 12, 13] {
                for day in [0, 1, 9, 10, 27, 28, 29, 30, 31, 32] {
                    let text =
                        "\(year)-" + ASCIIDigits.text(month, width: 2) + "-" + ASCIIDigits.text(day, width: 2)
                    let date = CalendarDate(text)
                    let isDay = date.map { $0.year >= PatientRules.earliestBirthYear } ?? false
                    #expect(SchemaValidator.matches(text, regex) == isDay, "\(text)")
                }
            }
        }
    }
}
