import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("Writing JSON")
struct JSONWritingTests {
    @Test(
        "A value is written without white space, its members in their order",
        arguments: [
            (JSON.null, "null"), (true, "true"), (false, "false"), (0, "0"), (-7, "-7"),
            (.integer(.min), "-9223372036854775808"), (1.5, "1.5"), (4.0, "4.0"), (-0.0, "-0.0"), (1e100, "1e+100"),
            (.number(.infinity), "null"), (.number(.nan), "null"), ("", #""""#), ("é😀/", #""é😀/""#),
            ("\"\\", #""\"\\""#), ("\n\r\t", #""\n\r\t""#), ("\u{0}\u{8}\u{C}\u{1F}", #""\u0000\u0008\u000c\u001f""#),
            ("\u{7F}\u{2028}", "\"\u{7F}\u{2028}\""), ([], "[]"), ([:], "{}"), ([1, [nil], [:]], "[1,[null],{}]"),
            (["b": 1, "a": ["c": "d"]], #"{"b":1,"a":{"c":"d"}}"#), (["\n": 1], #"{"\n":1}"#),
        ] as [(JSON, String)])
    func compact(value: JSON, text: String) {
        #expect(value.bytes == Array(text.utf8))
    }

    @Test("The pretty form is indented by two spaces and ends in a new line")
    func pretty() {
        let value: JSON = ["data": [1, [:], []], "empty": [], "nested": ["a": ["b": nil]]]
        let text = """
            {
              "data": [
                1,
                {},
                []
              ],
              "empty": [],
              "nested": {
                "a": {
                  "b": null
                }
              }
            }

            """
        #expect(String(decoding: value.indentedBytes, as: UTF8.self) == text)
    }

    @Test("A written value is read back as the same value, and written as the same bytes again")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 42)
        for _ in 0..<3000 {
            let value = generator.json(depth: 5)
            let again = try JSON.parse(value.bytes)
            #expect(again == value)
            #expect(again.bytes == value.bytes)
            #expect(try JSON.parse(value.indentedBytes).bytes == value.bytes)
        }
    }

    @Test(
        "A number without a fraction is whole, however it is written",
        arguments: [
            ("4", Int64(4)), ("4.0", 4), ("4e0", 4), ("-2.50e1", -25), ("4.5", nil), ("1e300", nil), (#""4""#, nil),
            ("null", nil), ("9223372036854775808", nil),
        ] as [(String, Int64?)])
    func wholeNumbers(text: String, number: Int64?) throws {
        #expect(try JSON.parse(text.utf8).wholeNumber == number)
    }
}
