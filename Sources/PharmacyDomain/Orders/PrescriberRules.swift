/// The rules for prescribers. The check digits find a mistyped number; whether it is the prescriber's own is for the pharmacy to
/// find out.
package enum PrescriberRules {
    package static let name = TextRule(maximum: 100)
    package static let npi = TextRule(maximum: 254, fault: npiFault)
    package static let licenseNumber = TextRule(maximum: 35)
    package static let deaNumber = TextRule(maximum: 254, fault: deaFault)

    // The faults, each as the end of a sentence that begins with the member's name.

    /// Ten digits, of which the last is the check digit of the Luhn algorithm over `80840` and the others (CMS, NPI check digit).
    @Sendable private static func npiFault(_ text: String) -> String? {
        let digits = text.utf8.compactMap(ASCIIDigits.value)
        guard digits.count == 10, text.utf8.count == 10 else { return "must be exactly 10 digits." }
        guard digits[0] == 1 || digits[0] == 2 else { return "must begin with 1 or 2." }
        // The prefix 80840 adds 24.
        let sum = digits.reversed().enumerated().reduce(24) { sum, digit in
            let value = digit.offset.isMultiple(of: 2) ? digit.element : digit.element * 2
            return sum + value / 10 + value % 10
        }
        return sum.isMultiple(of: 10) ? nil : "has a wrong check digit: a digit is mistyped."
    }

    /// Two letters, or a letter and a 9, and seven digits, of which the last is the check digit (DEA Diversion Control Division).
    @Sendable private static func deaFault(_ text: String) -> String? {
        let rule = "must be two capital letters and 7 digits, like AB1234563"
        let bytes = Array(text.utf8)
        func isCapital(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
        guard bytes.count == 9, isCapital(bytes[0]), isCapital(bytes[1]) || bytes[1] == UInt8(ascii: "9") else {
            return "\(rule)."
        }
        let digits = bytes.dropFirst(2).compactMap(ASCIIDigits.value)
        guard digits.count == 7 else { return "\(rule)." }
        let sum = digits.prefix(6).enumerated().reduce(0) { sum, digit in
            sum + digit.element * (digit.offset.isMultiple(of: 2) ? 1 : 2)
        }
        return sum % 10 == digits[6] ? nil : "has a wrong check digit: a digit is mistyped."
    }
}
