import PartnerAPI
import PharmacyDomain
import PharmacyTestSupport
import Testing

/// The document's patterns are hints for people and clients; the domain's rules decide. Both must agree on every text that
/// is trimmed and in Normalization Form C already.
@Suite("Patterns in the document")
struct PatternTests {
    /// A pattern and the rule that it expresses.
    struct Rule: Sendable, CustomTestStringConvertible {
        /// Where the pattern is: a component's member, a parameter, or a header field.
        let place: String
        let accepts: @Sendable (String) -> Bool

        var testDescription: String { place }
    }

    static let rules: [Rule] = [
        Rule(place: "NewPatient.phone_home") { follows(PatientRules.phone, $0) },
        Rule(place: "NewPatient.zip") { follows(PatientRules.zip, $0) },
        Rule(place: "NewPrescriber.npi") { text in
            text.utf8.count == 10 && text.utf8.allSatisfy(ASCIIDigits.isDigit) && ("1"..."2").contains(text.prefix(1))
        },
        Rule(place: "NewPrescriber.dea_number") { text in
            let isNumber = text.dropFirst(2).utf8.count == 7 && text.dropFirst(2).utf8.allSatisfy(ASCIIDigits.isDigit)
            return isNumber && ["AB", "F9"].contains(text.prefix(2))
        },
        Rule(place: "NewOrder.expected_price") { Price($0) != nil },
        Rule(place: "TokenPair.scope") { text in
            text.split(separator: " ", omittingEmptySubsequences: false)
                .allSatisfy { CredentialScope(rawValue: String($0)) != nil }
        },
        Rule(place: "path tenant", accepts: Tenant.isValid(name:)),
        Rule(place: "header Idempotency-Key") { IdempotencyKey($0) != nil },
        Rule(place: "query cursor") { text in !text.isEmpty && text.unicodeScalars.allSatisfy(isBase64URL) },
        Rule(place: "X-Request-Id") { text in
            !text.isEmpty && text.unicodeScalars.allSatisfy { $0 == "." || isBase64URL($0) }
        },
    ]

    private static let texts: [String] =
        [
            "", "a", "a\nb", "a\tb", "a\u{0}b", "a\u{9F}b", "O'Neil-Smith", "O\u{2019}Neil", "José", "'", "-", "- a",
            "李小龍",
            "a1", "1", "a_b", "a.b", "Ann Marie", "\u{FEFF}", "\u{200B}", "0123456789", "012345678", "01234567890",
            "٠١٢٣٤٥٦٧٨٩", "12345", "123456789", "12345-6789", "12345-", "1234", "123456", "1234567890", "188.00",
            "0.00", "00.00",
            "01.00", "1.0", "1.000", "-1.00", "+1.00", ".50", "1,00", "9999999.99", "10000000.00", "jane@example.com",
            "read",
            "write", "read write", "read  write", "read write patients:read credentials:manage", "read,write", "READ",
            "patients", "AB1234563", "F91234563", "AB123456", "ab1234563", "9B1234563", "3234567893",
            "read everything", "sandbox", "a-b", "-a", "a-", "A", "ä", "8e03978e-40d5-43e8-bc93-6894a57f9324",
            "\"abc\"", "\"",
            "\"\"", "\"abc", #""a\"b""#, #""a\b""#, "a\"b", "!~", "a b",
        ] + [40, 41, 128, 255, 256].map { String(repeating: "a", count: $0) }

    @Test("A pattern and its rule agree on every trimmed and normalized text", arguments: rules)
    func agreement(rule: Rule) throws {
        let pattern = try #require(PatternTests.patterns.first { $0.place == rule.place }?.pattern)
        for text in PatternTests.texts {
            #expect(text == text.trimmed && text.hasSameBytes(as: text.normalized))
            #expect(SchemaValidator.matches(text, pattern) == rule.accepts(text), "\(text)")
        }
        #expect(PatternTests.texts.contains(where: rule.accepts))
    }

    @Test("Every pattern in the document is tested against its rule")
    func coverage() {
        let ruled = PatternTests.rules.compactMap { rule in
            PatternTests.patterns.first { $0.place == rule.place }?.pattern
        }
        #expect(Set(ruled) == Set(PatternTests.patterns.map(\.pattern)))
        var written: Set<String> = []
        func visit(_ json: JSON) {
            for member in json.members ?? [] {
                if member.name == "pattern", let pattern = member.value.text { written.insert(pattern) }
                visit(member.value)
            }
            json.elements?.forEach(visit)
        }
        visit(OpenAPIDocument(publicURL: "http://localhost:8082").json)
        #expect(written == Set(ruled))
    }

    /// ECMA-262, Python's `re`, Java and RE2 (Go) read literals, sets, groups, alternatives and counts of ASCII characters
    /// alike. Classes such as `\d` and `\p{L}` differ or are missing, and RE2 has neither look-around nor back references.
    @Test(
        "Every pattern is whole, short, and one that all common engines read alike", arguments: patterns.map(\.pattern))
    func plainness(pattern: String) throws {
        _ = try Regex<AnyRegexOutput>(pattern, as: AnyRegexOutput.self)
        #expect(pattern.hasPrefix("^") && pattern.hasSuffix("$"))
        #expect(pattern.utf8.count <= 200)
        #expect(pattern.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        let escaped = pattern.matches(of: #/\\(.)/#).map { String($0.output.1) }
        #expect(escaped.allSatisfy { #".\[]""#.contains($0) }, "\(escaped)")
        #expect(!pattern.contains(#/\(\?[^:]|[*+?}][+?]|\[\[:|&&/#))
    }

    /// Every pattern in a component, a parameter or a header field, with its place.
    private static let patterns: [(place: String, pattern: String)] = {
        var found: [(place: String, pattern: String)] = []
        func visit(_ schema: Schema, _ place: String) {
            switch schema.kind {
            case .string(let rules): if let pattern = rules.pattern { found.append((place, pattern)) }
            case .object(let properties): for member in properties { visit(member.schema, "\(place).\(member.name)") }
            case .dictionary(let element), .array(let element, _): visit(element, "\(place)[]")
            case .anyOf(let schemas): for schema in schemas { visit(schema, place) }
            case .integer, .boolean, .reference: break
            }
        }
        for component in CommonSchemas.all { visit(component.schema, component.name) }
        for header in ResponseHeader.allCases { visit(header.schema, header.rawValue) }
        for parameter in PartnerAPIRouter.endpoints.flatMap(\.operation.parameters) {
            visit(parameter.schema, "\(parameter.location.rawValue) \(parameter.name)")
        }
        let document = OpenAPIDocument(publicURL: "http://localhost:8082").json
        if let tenant = document["components"]?["parameters"]?["Tenant"]?["schema"]?["pattern"]?.text {
            found.append(("path tenant", tenant))
        }
        return found
    }()

    private static func follows(_ rule: TextRule, _ text: String) -> Bool {
        if case .text = rule.read(text) { true } else { false }
    }

    /// Whether a character is one of `A`–`Z`, `a`–`z`, `0`–`9`, `-` and `_`.
    @Sendable private static func isBase64URL(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "A"..."Z", "a"..."z", "0"..."9", "-", "_": true
        default: false
        }
    }
}
