import PartnerAPI
import PharmacyDomain
import Testing

@Suite("Forms")
struct FormPairsTests {
    @Test(
        "A form is an object of strings",
        arguments: [
            ("grant_type=client_credentials&client_id=a", ["grant_type": "client_credentials", "client_id": "a"]),
            ("a=1+2&b=%2B%26%3D", ["a": "1 2", "b": "+&="]), ("a=&b", ["a": "", "b": ""]), ("a=b=c", ["a": "b=c"]),
            ("a=1&b=2&a=3&a=4", ["a": ["1", "3", "4"], "b": "2"]), ("", [:]), ("&&a=1&", ["a": "1"]),
            ("n%C3%A4me=%E2%82%AC", ["näme": "€"]),
        ] as [(String, JSON)])
    func objects(form: String, object: JSON) throws {
        #expect(try FormPairs(form.utf8).object() == object)
    }

    @Test(
        "What cannot be decoded is named",
        arguments: [
            ("a=%", "a"), ("a=%C3", "a"), ("%=1", "body"),
        ])
    func problems(form: String, field: String) {
        let problems = #expect(throws: Problems.self) { try FormPairs(form.utf8).object() }
        #expect(problems?.fields.map(\.name) == [field])
    }
}
