import PharmacyDomain
import Testing

@Suite("Numbers of prescribers")
struct PrescriberRulesTests {
    @Test(
        "A National Provider Identifier has a right check digit", arguments: ["1234567893", "1245319599", "2000000002"])
    func validNPI(text: String) {
        #expect(PrescriberRules.npi.read(text) == .text(text))
    }

    @Test("Every mistyped digit of a National Provider Identifier is found", arguments: 0..<10)
    func mistyped(position: Int) {
        for digit in "0123456789" {
            var characters = Array("1234567893")
            guard characters[position] != digit else { continue }
            characters[position] = digit
            #expect(PrescriberRules.npi.violation(inValue: String(characters)) != nil)
        }
    }

    @Test(
        "What is no National Provider Identifier is refused with the reason",
        arguments: [
            ("123456789", "must be exactly 10 digits."), ("12345678931", "must be exactly 10 digits."),
            ("123456789é", "must be exactly 10 digits."), ("١٢٣٤٥٦٧٨٩٣", "must be exactly 10 digits."),
            ("3234567893", "must begin with 1 or 2."),
            ("1234567890", "has a wrong check digit: a digit is mistyped."),
        ])
    func brokenNPI(text: String, fault: String) {
        #expect(PrescriberRules.npi.read(text) == .fault(fault))
    }

    @Test("A DEA number has a right check digit", arguments: ["AB1234563", "F91234563", "MK0000000"])
    func validDEA(text: String) {
        #expect(PrescriberRules.deaNumber.read(text) == .text(text))
    }

    @Test(
        "What is no DEA number is refused",
        arguments: ["AB1234564", "ab1234563", "A1234563", "AB12345633", "9B1234563"])
    func brokenDEA(text: String) {
        #expect(PrescriberRules.deaNumber.violation(inValue: text) != nil)
    }

    @Test(
        "A catalog's schedule code is read in the forms that pharmacies use",
        arguments: [
            ("2", DEASchedule.two), ("C-II", .two), ("CIIN", .two), ("III", .three), ("c3", .three), ("C-IV", .four),
            ("5", .five), ("CV", .five), ("L", nil), ("", nil), ("C", nil), ("1", nil), ("6", nil), ("RX", nil),
        ])
    func schedule(code: String, schedule: DEASchedule?) {
        #expect(DEASchedule(scheduleCode: code) == schedule)
    }
}
