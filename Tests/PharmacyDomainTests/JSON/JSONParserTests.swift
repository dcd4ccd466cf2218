import PharmacyTestSupport
import Testing

@testable import PharmacyDomain

@Suite("Reading JSON (RFC 8259)")
struct JSONParserTests {
    @Test(
        "A valid text is parsed to its value",
        arguments: [
            ("null", JSON.null), (" \t\r\n true ", true), ("false", false), ("0", 0), ("-0", 0), ("42", 42),
            ("-1", -1), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1.5", 1.5), ("-0.25e2", -25.0),
            ("1E+2", 100.0), ("1e-2", 0.01), ("4.0", 4.0), ("123456789012345678901234567890", 1.2345678901234568e29),
            ("1e-400", 0.0), (#""""#, ""), (#""a""#, "a"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#""\u0041\u00e9\u00E9""#, "Aéé"), (#""\u0000""#, "\u{0}"), (#""\uD83D\uDE00""#, "😀"),
            (#""\uDBFF\uDFFF""#, "\u{10FFFF}"), (#""\uFFFF""#, "\u{FFFF}"), (#""😀é""#, "😀é"),
            ("\"\u{7F}\u{2028}\"", "\u{7F}\u{2028}"), ("[]", []), ("[ ]", []), ("[1,[2],{}]", [1, [2], [:]]),
            ("{}", [:]), ("{ }", [:]), (#"{"a":1,"b":[null]}"#, ["a": 1, "b": [nil]]),
            (#"{ "a" : 1 , "" : 2 }"#, ["a": 1, "": 2]), (#"{"a":1,"a":2}"#, ["a": 1, "a": 2]),
        ] as [(String, JSON)])
    func accepted(text: String, value: JSON) throws {
        #expect(try JSON.parse(text.utf8) == value)
    }

    @Test("The last value of a repeated name is used")
    func duplicateNames() throws {
        #expect(try JSON.parse(#"{"a":1,"b":0,"a":2}"#.utf8)["a"] == 2)
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "", "   ", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "undefined", "'a'", "a", "01", "-01",
            "00",
            "+1", ".5", "1.", "1.e1", "-", "--1", "1e", "1e+", "1.5e", "0x10", "1_000", "1 2", "1,", "[", "]", "[1",
            "[1,", "[1,]", "[,1]", "[1 2]", "[1;2]", "[}", "{", "}", "{a:1}", "{'a':1}", #"{"a"}"#, #"{"a":}"#,
            #"{"a":1,}"#, #"{"a" 1}"#, #"{"a":1 "b":2}"#, #"{,}"#, #"{1:2}"#, #"{"a":1]"#, "\"", #""a"#, #""\"#,
            #""\""#, #""\x41""#, #""\u12""#, #""\u12G4""#, #""\u+123""#, #""\u-123""#, #""\u""#, #""\U0041""#,
            "\"a\nb\"", "\"a\tb\"", "\"\u{0}\"", "\"\u{1F}\"", "// c\n1", "/* c */1", "1 // c", "\u{FEFF}1", "\u{A0}1",
            "1\u{0}", "\u{B}1", "\u{C}1", "1\u{C}", "[\u{85}]", "1e400", "-1e400", #"["a",]"#, #""a""b""#, "tru",
            "truefalse",
        ])
    func refused(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSON.parse(text.utf8) }
    }

    @Test(
        "Half of a surrogate pair is not a character",
        arguments: [
            #""\uD800""#, #""\uDC00""#, #""\uD800\uD800""#, #""\uD800x""#, #""\uD800\n""#, #""\uD800\u0041""#,
            #""\uDC00\uD800""#, #""\uD83D\uDE0""#, #""\uD83D\"#, #""\uD83D"#,
        ])
    func surrogates(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSON.parse(text.utf8) }
    }

    @Test(
        "Bytes that are not UTF-8 are refused, inside and outside strings",
        arguments: [
            [0x80], [0xC3], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFF], [0xFE],
        ] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) throws {
        let error = #expect(throws: JSONSyntaxError.self) { try JSON.parse([0x22] + bytes + [0x22]) }
        #expect(error == JSONSyntaxError(problem: "the string is not UTF-8", line: 1, column: 1))
        #expect(throws: JSONSyntaxError.self) { try JSON.parse(bytes) }
        #expect(throws: JSONSyntaxError.self) { try JSON.parse(Array(#"{""#.utf8) + bytes + Array(#"":1}"#.utf8)) }
    }

    @Test(
        "An error contains its cause, line and column (in bytes, from 1)",
        arguments: [
            ("", "the text is empty", 1, 1), (" \n ", "the text is empty", 2, 2),
            ("{\n  \"a\": 1,\n  \"b\": nope\n}", "a value should be here", 3, 8),
            ("{\r\n\"a\":?", "a value should be here", 2, 5), (#"{"a":1,}"#, "a member's name should be here", 1, 8),
            (#"{"a" 1}"#, "a colon should be here", 1, 6),
            ("[1 2]", "a comma or a closing bracket should be here", 1, 4),
            ("[1, 2", "the text ends inside an object or array", 1, 6),
            ("[1,", "the text ends where a value should be", 1, 4),
            ("1 2", "something follows the value", 1, 3), ("[\"é\", x]", "a value should be here", 1, 8),
            ("-", "a digit should be here", 1, 2), ("[1, 1e400]", "the number is too large", 1, 5),
            (#"["abc"#, "the string has no end", 1, 2), (#""\q""#, "this escape does not exist", 1, 3),
            ("\"a\tb\"", "a control character must be escaped", 1, 3),
            (#""\u00g0""#, "four hexadecimal digits should be here", 1, 4),
            (#"["\ud800"]"#, "half of a surrogate pair stands alone", 1, 3),
            (#""\"#, "the text ends inside a string", 1, 3),
        ] as [(String, String, Int, Int)])
    func positions(text: String, problem: String, line: Int, column: Int) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSON.parse(text.utf8) }
        #expect(error == JSONSyntaxError(problem: problem, line: line, column: column))
    }

    @Test("Arrays and objects may be nested up to the limit")
    func depth() throws {
        let limit = JSON.maximumDepth
        for innermost in ["", "1", "null", #""x""#] {
            let text = String(repeating: "[", count: limit) + innermost + String(repeating: "]", count: limit)
            #expect(throws: Never.self) { try JSON.parse(text.utf8) }
        }
        let objects = String(repeating: #"{"a":"#, count: limit) + "1" + String(repeating: "}", count: limit)
        #expect(throws: Never.self) { try JSON.parse(objects.utf8) }

        let deeper = "\n" + String(repeating: "[", count: limit + 1) + String(repeating: "]", count: limit + 1)
        let error = #expect(throws: JSONSyntaxError.self) { try JSON.parse(deeper.utf8) }
        #expect(
            error
                == JSONSyntaxError(
                    problem: "the value is nested too deep", line: 2, column: limit + 1, exceedsLimit: true))
        #expect(throws: JSONSyntaxError.self) { try JSON.parse((#"{"a":"# + objects + "}").utf8) }
    }

    @Test("A million brackets do not exhaust the stack", arguments: ["[", #"{"a":"#])
    func bomb(opening: String) {
        let text = String(repeating: opening, count: 1_000_000)
        let error = #expect(throws: JSONSyntaxError.self) { try JSON.parse(text.utf8) }
        #expect(error?.problem == "the value is nested too deep")
    }

    @Test("Random bytes are parsed or refused with a position in the text, and parsed values round-trip")
    func randomBytes() throws {
        var generator = SeededGenerator(seed: 8259)
        let alphabet =
            Array(#"{}[]",:\u0123456789abcdefDC+-.eE truefalsn"#.utf8) + [0x00, 0x0A, 0x7F, 0x80, 0xC3, 0xA9, 0xFF]
        var read = 0
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...24, using: &generator)
            check((0..<length).map { _ in alphabet.randomElement(using: &generator) ?? 0 }, read: &read)
        }
        #expect(read > 100)
    }

    @Test("A document with one byte changed, dropped or doubled is parsed or refused without a crash")
    func mutations() throws {
        var generator = SeededGenerator(seed: 1)
        var read = 0
        for _ in 0..<5000 {
            var bytes = generator.json(depth: 3).bytes
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: index)
            default: bytes.insert(bytes[index], at: index)
            }
            check(bytes, read: &read)
        }
        #expect(read > 100)
    }

    private func check(_ bytes: [UInt8], read: inout Int) {
        do {
            let value = try JSON.parse(bytes)
            read += 1
            #expect((try? JSON.parse(value.bytes)) == value, "\(bytes)")
        } catch {
            let lines = 1 + bytes.count { $0 == 0x0A }
            #expect((1...lines).contains(error.line) && (1...bytes.count + 1).contains(error.column), "\(bytes)")
        }
    }
}
