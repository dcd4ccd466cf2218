/// Decimal digits in ASCII, the only digits that dates, phone numbers, ZIP codes and prices may contain.
package enum ASCIIDigits {
    package static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// The value of one digit; `nil` for any other byte.
    package static func value(_ byte: UInt8) -> Int? { isDigit(byte) ? Int(byte - UInt8(ascii: "0")) : nil }

    /// The number of 1 to 18 digits; `nil` for anything else.
    package static func number(_ bytes: some Collection<UInt8>) -> Int? {
        guard (1...18).contains(bytes.count), bytes.allSatisfy(isDigit) else { return nil }
        return bytes.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// `number` (not negative) with leading zeros up to `width`.
    package static func text(_ number: Int, width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// Writes the last `width` digits of `number` (not negative), with leading zeros.
    static func write(_ number: Int, width: Int, to text: UnsafeMutableBufferPointer<UInt8>, at position: Int) {
        var rest = number
        for index in (position..<(position + width)).reversed() {
            text[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}
