import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

@Suite("Types of members on the wire")
struct WireTypeTests {
    private static let context = WireContext(
        today: CalendarDate(Timestamp(milliseconds: 1_766_423_701_000)), egress: .publicOnly)

    /// The result of reading one member, for comparison.
    private enum Result<Value: Equatable & Sendable>: Equatable {
        case value(Value)
        case blank
        /// The error messages.
        case invalid([String])
    }

    private func read<Value: Equatable & Sendable>(_ type: WireType<Value>, _ json: JSON) -> Result<Value> {
        var errors = ValidationErrors()
        let reading = type.read(json, "m", WireTypeTests.context, &errors)
        switch reading {
        case .value(let value):
            #expect(errors.isEmpty)
            return .value(value)
        case .blank:
            #expect(errors.isEmpty)
            return .blank
        case .invalid: return .invalid(errors["m"])
        }
    }

    @Test("A text is normalized and follows its rule")
    func text() {
        let type = WireType<String>.text(TextRule(maximum: 3) { $0 == "bad" ? "must not be bad." : nil })
        #expect(read(type, " e\u{301}a ") == .value("\u{E9}a"))
        #expect(read(type, "") == .blank)
        #expect(read(type, "\t\u{3000}") == .blank)
        #expect(read(type, "long") == .invalid(["m must be at most 3 characters."]))
        #expect(read(type, "bad") == .invalid(["m must not be bad."]))
        #expect(
            read(type, "a\u{7}")
                == .invalid(["m must not contain control characters: it has U+0007 (the 2nd character)."])
        )
        for json in [7, 1.5, true, [], [:]] as [JSON] {
            #expect(read(type, json) == .invalid(["m must be a string."]))
        }
        #expect(type.write("é") == "é")
        #expect(type.requestSchema.json == ["type": "string", "minLength": 1, "maxLength": 3])
        #expect(type.responseSchema.json == Schema.shownText(3).json)
    }

    @Test("A text with a pattern has no length, which the pattern contains")
    func pattern() {
        let type = WireType<String>.text(PatientRules.phone, pattern: "^[0-9]{10}$")
        #expect(type.requestSchema.json == ["type": "string", "minLength": 1, "pattern": "^[0-9]{10}$"])
        #expect(type.responseSchema.json == ["type": "string", "pattern": "^[0-9]{10}$"])
        #expect(read(type, "1") == .invalid(["m must be exactly 10 digits: it has 1."]))
    }

    @Test("A text is one of a list")
    func oneOf() {
        let type = WireType<String>.oneOf(PatientRules.states, PatientRules.state)
        #expect(read(type, " IL ") == .value("IL"))
        #expect(
            read(type, "il")
                == .invalid(["m must be the two-letter code of a US state or territory, in upper case."]))
        #expect(type.requestSchema.json["enum"] == .array(PatientRules.states.map(JSON.string)))
    }

    @Test("A value of an enumeration")
    func choice() {
        let type = WireType<Gender>.choice("must be M, F or U.")
        for gender in Gender.allCases { #expect(read(type, type.write(gender)) == .value(gender)) }
        #expect(read(type, "X") == .invalid(["m must be M, F or U."]))
        #expect(read(type, 1) == .invalid(["m must be a string."]))
        #expect(read(type, " ") == .blank)
        #expect(type.requestSchema.json == ["type": "string", "enum": ["M", "F", "U"]])
    }

    @Test(
        "A whole number lies in its range",
        arguments: [
            (2, 2), (9, 9), (4.0, 4), (1, nil), (10, nil), (2.5, nil), (1e30, nil), (-9_223_372_036_854_775_808, nil),
        ] as [(JSON, Int?)])
    func integer(json: JSON, value: Int?) {
        let problem = Result<Int>.invalid(["m must be a whole number from 2 to 9."])
        #expect(read(WireType<Int>.integer(2...9), json) == value.map(Result.value) ?? problem)
    }

    @Test("Other values are no integers", arguments: ["2", true, [], [:]] as [JSON])
    func noInteger(json: JSON) {
        #expect(read(WireType<Int>.integer(2...9), json) == .invalid(["m must be an integer."]))
    }

    @Test("Times have an offset")
    func timestamp() {
        let type = WireType<Timestamp>.timestamp
        let moment = Timestamp(milliseconds: 1_766_423_701_000)
        #expect(read(type, "2025-12-22T18:15:01+01:00") == .value(moment))
        #expect(type.write(moment) == "2025-12-22T17:15:01+00:00")
        #expect(
            read(type, "2025-12-22T17:15:01")
                == .invalid(["m must be a time in ISO 8601 with an offset, like 2025-12-22T17:15:01+00:00."]))
        #expect(type.requestSchema.json["format"] == "date-time")
    }

    @Test("Identifiers are UUIDs in either case")
    func identifier() {
        let type = WireType<PatientID>.id("must be a patient's uuid.")
        let text = "135fef3b-b4ac-485f-b9bf-e8beef4990c7"
        let id = PatientID(text)
        #expect(id != nil)
        #expect(read(type, .string(text.uppercased())) == id.map(Result.value))
        #expect(id.map(type.write) == .string(text))
        #expect(read(type, "135fef3b") == .invalid(["m must be a patient's uuid."]))
        #expect(type.requestSchema.json["format"] == "uuid")
    }

    @Test("Prices have two decimal places")
    func price() {
        let type = WireType<Price>.price
        #expect(read(type, "188.00") == .value(Price(wholeDollars: 188)))
        #expect(type.write(Price(wholeDollars: 188)) == "188.00")
        for text in ["188", "188.0", "0188.00", "-1.00", "10000000.00"] {
            #expect(
                read(type, .string(text)) == .invalid(["m must be a decimal with two places, like 188.00."]), "\(text)")
        }
        #expect(read(type, 188) == .invalid(["m must be a string."]))
    }

    @Test("An optional member may be null, and is nil when it is absent")
    func optional() {
        let type = WireType<Int?>.optional(.integer(1...9))
        #expect(type.absent == .some(nil))
        #expect(read(type, 4) == .value(4))
        #expect(read(type, 0) == .invalid(["m must be a whole number from 1 to 9."]))
        #expect(type.write(nil) == .null && type.write(4) == 4)
        #expect(type.requestSchema.json["type"] == ["integer", "null"])
        #expect(type.responseSchema.json["type"] == ["integer", "null"])
        #expect(read(WireType<String?>.optional(.text(TextRule(maximum: 9))), " ") == .blank)
    }

    @Test("A member with a default may be null in requests, and never is in responses")
    func defaulting() {
        let type = WireType<Int>.integer(1...9).defaulting(to: 5)
        #expect(type.absent == 5)
        #expect(read(type, 4) == .value(4))
        #expect(type.requestSchema.json["type"] == ["integer", "null"])
        #expect(type.responseSchema.json["type"] == "integer")
    }

    @Test("A required member has no value when it is absent")
    func required() {
        #expect(WireType<Int>.integer(1...9).absent == nil)
        #expect(WireType<String>.text(TextRule(maximum: 9)).absent == nil)
    }
}
