import PharmacyTestSupport
import Testing

@testable import PharmacyDomain

@Suite("The cost of parsing JSON")
struct JSONWorkTests {
    /// A text that grows, described by its repeated part.
    struct Shape: CustomTestStringConvertible {
        let start: String
        /// `{}` is the number of the repetition, in six digits.
        let part: String
        let end: String

        var testDescription: String { "\(start) \(part) … \(end)" }

        func bytes(_ count: Int) -> [UInt8] {
            let middle =
                part.contains("{}")
                ? (0..<count).map { part.replacing("{}", with: String(100_000 + $0)) }.joined()
                : String(repeating: part, count: count)
            return Array((start + middle + end).utf8)
        }
    }

    static let shapes: [Shape] = [
        Shape(start: "{", part: #""n{}":1,"#, end: #""x":1}"#), Shape(start: "{", part: #""n":1,"#, end: #""x":1}"#),
        Shape(start: "[", part: "1,", end: "1]"), Shape(start: "[", part: "[],", end: "[]]"),
        Shape(start: "[", part: "[", end: ""), Shape(start: #"{"a":"#, part: #"{"a":"#, end: ""),
        Shape(start: "", part: "7", end: ""), Shape(start: "0.", part: "0", end: "1"),
        Shape(start: "1e", part: "0", end: "1"),
        Shape(start: "\"", part: "x", end: "\""), Shape(start: "\"", part: #"\u00e9"#, end: "\""),
        Shape(start: "\"", part: #"\uD83D\uDE00"#, end: "\""), Shape(start: "\"", part: #"\n"#, end: ""),
        Shape(start: "\"a", part: "\u{301}\u{323}", end: "\""), Shape(start: "", part: "\n", end: ""),
        Shape(start: "{\"", part: "n", end: "\":1}"), Shape(start: "\"", part: "\\\"", end: "\""),
        Shape(start: "[", part: "true,\n", end: "?"),
    ]

    @Test("The cost is linear in the length of the text, whether it is valid or not", arguments: shapes, [true, false])
    func work(shape: Shape, isRequest: Bool) {
        let counts = CountedBytes.reads(of: shape.bytes) { bytes in
            var parser = JSONParser(bytes: bytes, limits: isRequest ? .request : .stored)
            _ = try? parser.document()
        }
        #expect(CountedBytes.areLinear(counts), "\(counts)")
    }

    @Test(
        "A text beyond a request's limits is refused where it exceeds them, whatever follows",
        arguments: [
            (Shape(start: "{", part: #""n{}":1,"#, end: #""x":1}"#), "an object has more than 256 members"),
            (Shape(start: "{", part: #""n":1,"#, end: #""x":1}"#), "an object has more than 256 members"),
            (Shape(start: "[", part: "1,", end: "1]"), "there are more than 10000 values"),
            (Shape(start: "[", part: "[],", end: "1]"), "there are more than 10000 values"),
            (Shape(start: "[", part: "[", end: ""), "the value is nested too deep"),
            (Shape(start: "", part: "7", end: ""), "a number has more than 1024 digits"),
            (Shape(start: "0.", part: "0", end: "1"), "a number has more than 1024 digits"),
            (Shape(start: "1e", part: "0", end: "1"), "a number has more than 1024 digits"),
            (Shape(start: "{\"", part: "n", end: "\":1}"), "a member's name is longer than 256 bytes"),
            (Shape(start: "\"", part: "x", end: "\""), "a string is longer than 1048576 bytes"),
            (Shape(start: "\"a", part: "\u{301}", end: "\""), "a string has more than 30 combining marks in a row"),
            (Shape(start: "{\"a", part: "\u{301}", end: "\":1}"), "a member's name is longer than 256 bytes"),
        ])
    func limits(shape: Shape, problem: String) {
        let size = problem.contains("marks") ? 31 : problem.contains("a string is") ? 1_048_577 : 100_000
        let error = #expect(throws: JSONSyntaxError.self) { try JSON.parse(shape.bytes(size), limits: .request) }
        #expect(error?.problem == problem)
        #expect(error?.exceedsLimit == true)
        #expect(error?.line == 1)
    }

    @Test("The largest batch request is read, and so is everything that the server writes")
    func enough() throws {
        let order: JSON = .object(
            (0..<20).map { JSON.Member("member_\($0)", .string("v")) } + [JSON.Member("urls", ["a", "b"])])
        let batch: JSON = ["items": .array([JSON](repeating: order, count: 100))]
        #expect(try JSON.parse(batch.bytes, limits: .request) == batch)
        let notes = String(repeating: "👨‍👩‍👧‍👦", count: 2_048)
        #expect(try JSON.parse(JSON.string(notes).bytes, limits: .request).text == notes)
        let catalog: JSON = .array([JSON](repeating: order, count: 2_000))
        #expect(throws: Never.self) { try JSON.parse(catalog.bytes, limits: .response) }
        let marks: JSON = ["memo": .string("a" + String(repeating: "\u{301}", count: 1_000))]
        #expect(try JSON.parse(marks.bytes) == marks)
        #expect(throws: JSONSyntaxError.self) { try JSON.parse(marks.bytes, limits: .response) }
    }

    @Test("A member's name is compared byte by byte (RFC 8259)")
    func names() throws {
        let json = try JSON.parse("{\"Zoe\u{308}\":1}".utf8)
        #expect(json["Zoe\u{308}"] == 1)
        #expect(json["Zo\u{EB}"] == nil)
    }

    @Test("A hundred errors are listed, and the others are counted")
    func problems() {
        var problems = ValidationErrors()
        for number in 0..<100_000 { problems.add("f\(number)", "wrong") }
        #expect(problems.fields.count == 100)
        #expect(problems.omitted == 99_900)
        for _ in 0..<1_000 { problems.add("f1", "wrong again") }
        #expect(problems["f1"] == ["wrong"])
        var others = ValidationErrors("f0", "first")
        others.add(problems)
        #expect(others.fields.count == 99)
        #expect(others["f0"] == ["first", "wrong"])
        #expect(others.omitted == 99_900 + 1_000 + 1)
    }
}
