import PharmacyTestSupport
import Testing

@testable import PharmacyDomain

@Suite("Tables in comma-separated values")
struct CSVDocumentTests {
    private static let bareMark =
        "a field with a quotation mark must be in quotation marks, and the mark in it doubled"

    private func parse(_ text: String, atMost limit: Int = 100) throws(CSVSyntaxError) -> CSVDocument {
        try CSVDocument.parse(Array(text.utf8), atMost: limit)
    }

    private func records(_ text: String) throws -> [[String]] { try parse(text).records.map(\.fields) }

    @Test(
        "Fields are separated by commas, and lines end with CRLF or LF, the last one with or without",
        arguments: [
            ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]), ("a,b\nc,d", [["a", "b"], ["c", "d"]]), ("a", [["a"]]),
            ("a,b\nc\n", [["a", "b"], ["c"]]), (",\n", [["", ""]]), ("a,", [["a", ""]]), ("\"\"", [[""]]),
            (" a , b ", [[" a ", " b "]]), ("é,李", [["é", "李"]]), ("a;b\tc", [["a;b\tc"]]),
        ])
    func plain(text: String, expected: [[String]]) throws {
        #expect(try records(text) == expected)
    }

    @Test(
        "A field in quotation marks has commas, doubled quotation marks and line breaks",
        arguments: [
            ("\"a,b\",c", [["a,b", "c"]]), ("\"a\"\"b\"", [["a\"b"]]), ("\"\"\"\"", [["\""]]),
            ("\"a\r\nb\",c\nd,e", [["a\r\nb", "c"], ["d", "e"]]), ("\"a\rb\"", [["a\rb"]]), ("a,\"\"\n", [["a", ""]]),
            ("\"a\",\"b\"\r\n", [["a", "b"]]),
        ])
    func quoted(text: String, expected: [[String]]) throws {
        #expect(try records(text) == expected)
    }

    @Test("A record has the line in which it begins, and empty lines are no records")
    func lines() throws {
        let document = try parse("a\n\n\"b\n\nc\"\r\n\r\n\r\nd\n\n")
        #expect(
            document.records == [
                CSVRecord(line: 1, fields: ["a"]), CSVRecord(line: 3, fields: ["b\n\nc"]),
                CSVRecord(line: 8, fields: ["d"]),
            ])
        #expect(try parse("\n\na").records == [CSVRecord(line: 3, fields: ["a"])])
        #expect(try parse("").records.isEmpty && parse("\r\n\n").records.isEmpty)
    }

    @Test("Records after the limit are not read")
    func limit() throws {
        #expect(try parse("a\nb\n", atMost: 2).nextLine == nil)
        let document = try parse("a\nb\n\n\"c", atMost: 2)
        #expect(document.records.map(\.fields) == [["a"], ["b"]] && document.nextLine == 4)
    }

    @Test(
        "Anything else is refused with its place",
        arguments: [
            ("a\n\"b", "a quotation mark is not closed", 2, 1), ("\"a\"\"", "a quotation mark is not closed", 1, 1),
            ("a,\"b\n\nc", "a quotation mark is not closed", 1, 3),
            ("\"a\"b", "a comma or a line break should follow the closing quotation mark", 1, 4),
            ("\"a\nb\" ,c", "a comma or a line break should follow the closing quotation mark", 2, 3),
            ("a\nb,c\"d\"", CSVDocumentTests.bareMark, 2, 4), ("a, \"b\"", CSVDocumentTests.bareMark, 1, 4),
            ("a\rb", "a carriage return is not followed by a line feed", 1, 3),
            ("a\n\r", "a carriage return is not followed by a line feed", 2, 2),
        ])
    func faults(text: String, problem: String, line: Int, column: Int) {
        let error = #expect(throws: CSVSyntaxError.self) { try parse(text) }
        #expect(error == CSVSyntaxError(problem: problem, line: line, column: column))
    }

    @Test(
        "A text in another encoding is refused with its place", arguments: [[0xE9], [0x22, 0xE9, 0x22]] as [[UInt8]])
    func encoding(field: [UInt8]) {
        let error = #expect(throws: CSVSyntaxError.self) {
            try CSVDocument.parse(Array("a\nb,".utf8) + field, atMost: 10)
        }
        #expect(error == CSVSyntaxError(problem: "a field is not UTF-8", line: 2, column: 3))
    }

    @Test("A line with too many fields is refused where it exceeds the limit")
    func fieldLimit() throws {
        let most = String(repeating: ",", count: CSVRecord.fieldLimit - 1)
        #expect(try records(most).first?.count == CSVRecord.fieldLimit)
        let error = #expect(throws: CSVSyntaxError.self) { try parse("a\n" + most + ",") }
        #expect(error?.exceedsLimit == true && error?.line == 2 && error?.column == CSVRecord.fieldLimit + 1)
    }

    // MARK: Properties

    @Test("What was written is read again")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 4180)
        for _ in 0..<2_000 {
            let rows = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                (0..<Int.random(in: 1...4, using: &generator)).map { _ in generator.string() }
            }
            let read = try records(rows.map(CSVRecord.text).joined())
            // By their bytes: texts that are equal canonically are different fields.
            #expect(read.map { $0.map { Array($0.utf8) } } == rows.map { $0.map { Array($0.utf8) } })
        }
    }

    @Test("Random bytes are read or refused without a crash, and what was read is written in the same way")
    func randomBytes() {
        var generator = SeededGenerator(seed: 1999)
        let alphabet = Array("ab,,\"\"\"\r\n\n; ".utf8) + [0x00, 0xC3, 0xA9, 0xFF]
        var read = 0
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            do {
                let document = try CSVDocument.parse(bytes, atMost: 100)
                let lines = document.records.map(\.line)
                #expect(zip(lines, lines.dropFirst()).allSatisfy(<) && lines.allSatisfy { $0 >= 1 }, "\(bytes)")
                let written = document.records.map { CSVRecord.text(of: $0.fields) }.joined()
                #expect((try? records(written)) == document.records.map(\.fields), "\(bytes)")
                read += document.records.isEmpty ? 0 : 1
            } catch {
                let lines = 1 + bytes.count { $0 == 0x0A }
                #expect((1...lines).contains(error.line) && (1...bytes.count + 1).contains(error.column), "\(bytes)")
            }
        }
        #expect(read > 100)
    }

    @Test(
        "The cost is linear in the length of the text, whether it is valid or not",
        arguments: [
            "a", ",", "\"", "\"\"", "\n", "\r\n", "a,b\n", "\"a\"\"b\",", "\"a\n\"\n", "\u{301}", "\r", "\"a\" ",
        ])
    func work(part: String) {
        let counts = CountedBytes.reads(of: { Array(String(repeating: part, count: $0).utf8) }) { bytes in
            var parser = CSVParser(bytes: bytes)
            _ = try? parser.document(atMost: .max)
        }
        #expect(CountedBytes.areLinear(counts), "\(counts)")
    }
}
