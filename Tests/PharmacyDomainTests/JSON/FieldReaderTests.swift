import PharmacyDomain
import Testing

@Suite("Reading the members of a body")
struct FieldReaderTests {
    @Test("All errors are collected in the order of detection and thrown together")
    func allAtOnce() {
        var fields = FieldReader(["name": 7, "note": "a\u{0}b", "count": "many", "list": "x", "blank": "  "])
        #expect(fields.text("name", maximum: 10) == nil)
        #expect(fields.text("missing", maximum: 10, required: true) == nil)
        #expect(fields.text("note", maximum: 10) == nil)
        #expect(fields.integer("count", in: 1...5) == nil)
        #expect(fields.array("list", maximum: 5) == nil)
        #expect(fields.text("blank", maximum: 10, required: true) == nil)
        fields.reject("name", "name must be better.")
        let error = #expect(throws: ValidationErrors.self) { try fields.problems.throwIfAny() }
        #expect(error?.fields.map(\.name) == ["name", "missing", "note", "count", "list", "blank"])
        #expect(error?["name"] == ["name must be a string.", "name must be better."])
        #expect(error?["missing"] == ["missing is required."])
        #expect(error?["note"] == ["note must not contain control characters: it has U+0000 (the 2nd character)."])
        #expect(error?["count"] == ["count must be an integer."])
        #expect(error?["list"] == ["list must be an array."])
        #expect(error?["blank"] == ["blank must not be blank."])
        #expect(error?["other"] == [])
    }

    @Test("Nothing is thrown for a valid body")
    func noProblem() throws {
        var fields = FieldReader(["name": "x"])
        #expect(fields.text("name", maximum: 1, required: true) == "x")
        #expect(fields.problems.isEmpty)
        try fields.problems.throwIfAny()
    }

    @Test("An absent, null or blank optional member has no value")
    func optional() {
        var fields = FieldReader(["null": nil, "blank": " \n\u{A0}\u{2003} "])
        #expect(fields.text("null", maximum: 5) == nil)
        #expect(fields.text("blank", maximum: 1) == nil)
        #expect(fields.text("absent", maximum: 5) == nil)
        #expect(fields.integer("null", in: 1...2) == nil)
        #expect(fields.array("null", maximum: 1) == nil)
        #expect(fields.problems.isEmpty)
        #expect(fields.has("null"))
        #expect(!fields.has("absent"))
    }

    @Test(
        "A required member must be present and not null",
        arguments: [([:], "is required."), (["x": nil], "must not be null.")] as [(JSON, String)])
    func required(body: JSON, ending: String) {
        for read in [
            { $0.text("x", maximum: 5, required: true) == nil }, { $0.integer("x", in: 1...2, required: true) == nil },
        ] as [(inout FieldReader) -> Bool] {
            var fields = FieldReader(body)
            #expect(read(&fields))
            #expect(fields.problems["x"] == ["x \(ending)"])
        }
    }

    @Test("A body that is not an object has no members", arguments: [[], "x", nil, 7, true] as [JSON])
    func noObject(body: JSON) {
        var fields = FieldReader(body)
        #expect(fields.text("x", maximum: 5, required: true) == nil)
        #expect(fields.problems["x"] == ["x is required."])
    }

    @Test(
        "Text is normalized and trimmed, then measured in characters",
        arguments: [
            ("abcde", "abcde"), ("  abcde\n", "abcde"), ("\u{A0}abcde\u{3000}", "abcde"), ("ééééé", "ééééé"),
            ("😀😀😀😀😀", "😀😀😀😀😀"), ("a b", "a b"), ("abcdef", nil), ("e\u{301}e\u{301}e\u{301}", "ééé"),
            (String(repeating: "e\u{301}", count: 5), "ééééé"), (String(repeating: "e\u{301}", count: 6), nil),
            (String(repeating: "👨‍👩‍👧‍👦", count: 5), String(repeating: "👨‍👩‍👧‍👦", count: 5)),
            ("a" + String(repeating: "\u{316}", count: 30), "a" + String(repeating: "\u{316}", count: 30)),
            ("aa" + String(repeating: "\u{316}", count: 30), "aa" + String(repeating: "\u{316}", count: 30)),
            ("aaa" + String(repeating: "\u{316}", count: 30), nil),
        ] as [(String, String?)])
    func length(raw: String, text: String?) {
        var fields = FieldReader(["x": .string(raw)])
        #expect(fields.text("x", maximum: 5).map { Array($0.utf8) } == text.map { Array($0.utf8) })
        #expect(fields.problems["x"] == (text == nil ? ["x must be at most 5 characters."] : []))
    }

    @Test("A megabyte of marks on a letter is refused, at once", arguments: ["\u{301}", "\u{301}\u{323}"])
    func marks(part: String) {
        var fields = FieldReader(["x": .string("a" + String(repeating: part, count: 250_000))])
        #expect(fields.text("x", maximum: 35, required: true) == nil)
        #expect(fields.problems["x"] == ["x must not have more than 30 combining marks in a row."])
    }

    @Test(
        "Control characters are refused; tabs and line ends only where lines are not allowed",
        arguments: [
            ("a\u{0}b", false, false), ("a\u{1F}b", false, false), ("a\u{7F}b", false, false),
            ("a\u{9F}b", false, false),
            ("a\tb", false, true), ("a\nb", false, true), ("a\r\nb", false, true), ("a\u{A0}b", true, true),
            ("a b", true, true),
        ])
    func controls(text: String, inLine: Bool, inLines: Bool) {
        for (multiline, isAllowed) in [(false, inLine), (true, inLines)] {
            var fields = FieldReader(["x": .string(text)])
            #expect(fields.text("x", maximum: 10, multiline: multiline) == (isAllowed ? text : nil))
            let name = String(text.unicodeScalars.map(\.value)[1], radix: 16, uppercase: true)
            let digits = String(repeating: "0", count: 4 - name.utf8.count) + name
            let sentence = "x must not contain control characters: it has U+\(digits) (the 2nd character)."
            #expect(fields.problems["x"] == (isAllowed ? [] : [sentence]))
        }
    }

    @Test(
        "An integer is a whole number within its range",
        arguments: [
            (1, 1), (5, 5), (4.0, 4), (0, nil), (6, nil), (-1, nil), (4.5, nil), (1e300, nil), (.integer(.max), nil),
        ] as [(JSON, Int?)])
    func integers(value: JSON, integer: Int?) {
        var fields = FieldReader(["x": value])
        #expect(fields.integer("x", in: 1...5) == integer)
        #expect(fields.problems["x"] == (integer == nil ? ["x must be a whole number from 1 to 5."] : []))
    }

    @Test("A member of another type is reported as such", arguments: ["4", true, [], [:], [4]] as [JSON])
    func notAnInteger(value: JSON) {
        var fields = FieldReader(["x": value])
        #expect(fields.integer("x", in: 1...5) == nil)
        #expect(fields.problems["x"] == ["x must be an integer."])
    }

    @Test("An array may have at most the allowed number of elements")
    func arrays() {
        var fields = FieldReader(["two": [1, nil], "three": [1, 2, 3], "none": []])
        #expect(fields.array("two", maximum: 2) == [1, nil])
        #expect(fields.array("none", maximum: 2) == [])
        #expect(fields.array("three", maximum: 2) == nil)
        #expect(fields.problems["three"] == ["three must have at most 2 elements."])
    }

    @Test("A text that cannot be parsed, or is too long, is refused with the rule")
    func parsed() {
        var fields = FieldReader(["good": "42", "bad": "x", "long": "123456"])
        #expect(fields.parsed("good", maximum: 5, "no number.") { Int($0) } == 42)
        #expect(fields.parsed("bad", maximum: 5, "no number.") { Int($0) } == nil)
        #expect(fields.parsed("long", maximum: 5, "no number.") { Int($0) } == nil)
        #expect(fields.problems["bad"] == ["no number."])
        #expect(fields.problems["long"] == ["long must be at most 5 characters."])
    }

    @Test("Errors of two readers can be combined; messages about one field stay together")
    func adding() {
        var problems = ValidationErrors("a", "one", code: "special")
        var other = ValidationErrors("b", "two")
        other.add("a", "three")
        problems.add(other)
        #expect(problems.fields.map(\.name) == ["a", "b"])
        #expect(problems["a"] == ["one", "three"])
        #expect(problems.code == "special")
    }
}
