import PartnerAPI
import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("Forms")
struct FormFieldsTests {
    @Test(
        "A form becomes an object of strings",
        arguments: [
            ("grant_type=client_credentials&client_id=a", ["grant_type": "client_credentials", "client_id": "a"]),
            ("a=1+2&b=%2B%26%3D", ["a": "1 2", "b": "+&="]), ("a=&b", ["a": "", "b": ""]), ("a=b=c", ["a": "b=c"]),
            ("a=1&b=2&a=3&a=4", ["a": ["1", "3", "4"], "b": "2"]), ("", [:]), ("&&a=1&", ["a": "1"]),
            ("n%C3%A4me=%E2%82%AC", ["näme": "€"]),
        ] as [(String, JSON)])
    func objects(form: String, object: JSON) throws {
        #expect(try FormFields(form.utf8).object() == object)
    }

    @Test(
        "Fields that cannot be decoded are reported by name",
        arguments: [
            ("a=%", "a"), ("a=%C3", "a"), ("%=1", "body"),
        ])
    func problems(form: String, field: String) {
        let problems = #expect(throws: ValidationErrors.self) { try FormFields(form.utf8).object() }
        #expect(problems?.fields.map(\.name) == [field])
    }

    @Test("A form with too many fields and a query with too many parameters are refused")
    func limits() {
        let most = (1...FormFields.formLimit).map { "n\($0)=1" }.joined(separator: "&")
        #expect(throws: Never.self) { try FormFields(most.utf8).object() }
        let refused = #expect(throws: ValidationErrors.self) { try FormFields((most + "&x=1").utf8).object() }
        #expect(refused?["body"] == ["body must have at most 32 fields."])
        var reader = QueryReader(
            String(repeating: "a=1&", count: FormFields.queryLimit) + "page=2", declared: ["a", "page"])
        _ = reader.page()
        #expect(reader.problems["query"] == ["The query must have at most 64 parameters."])
    }

    @Test("Long runs of combining marks, which are slow to compare, are reported by name")
    func marks() {
        let run = String(repeating: "%CC%81", count: 31)
        let problems = #expect(throws: ValidationErrors.self) { try FormFields("scope=a\(run)&b=1".utf8).object() }
        #expect(problems?["scope"] == ["scope must not have more than 30 combining marks in a row."])
        let names = #expect(throws: ValidationErrors.self) { try FormFields("a\(run)=1".utf8).object() }
        #expect(names?.fields.map(\.name) == ["body"])
        var reader = QueryReader("email=a\(run)", declared: ["email"])
        #expect(reader.text("email", maximum: 80) == nil)
        #expect(reader.problems["email"] == ["email must not have more than 30 combining marks in a row."])
    }

    @Test(
        "Parsing takes linear time and stops at the limit",
        arguments: ["a&", "&", "a=%&", "a=", "%41", "n{}=1&", "=&", "a=1;b=2&"])
    func work(part: String) throws {
        func reads(_ count: Int) -> Int {
            let text = (0..<count).map { part.replacing("{}", with: String($0)) }.joined()
            let bytes = CountedBytes(text.utf8)
            _ = try? FormFields(bytes).object()
            return bytes.reads
        }
        let counts = [1, 2, 4, 8, 16].map { reads($0 * 512) }
        for (half, double) in zip(counts, counts.dropFirst()) { #expect(double <= 2 * half + 64, "\(counts)") }
    }
}
