package import PharmacyDomain

extension Timestamp {
    /// Reads a time of RFC 3339 and nothing else: a day of the calendar, `T`, hours, minutes and seconds, up to nine
    /// digits of a fraction, and `Z` or an offset of less than 18 hours. `Timestamp(_:)` is lenient: it takes the 30th of
    /// February for the 2nd of March, and ignores what follows the offset.
    package init?(strict text: String) {
        var rest = text.utf8[...]
        func two(_ maximum: Int) -> Bool {
            guard let number = ASCIIDigits.number(rest.prefix(2)), rest.count >= 2 else { return false }
            rest = rest.dropFirst(2)
            return number <= maximum
        }
        func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard CalendarDate(String(text.prefix(10))) != nil else { return nil }
        rest = rest.dropFirst(10)
        guard skip("T"), two(23), skip(":"), two(59), skip(":"), two(59) else { return nil }
        if skip(".") {
            let digits = rest.prefix(while: ASCIIDigits.isDigit)
            guard (1...9).contains(digits.count) else { return nil }
            rest = rest.dropFirst(digits.count)
        }
        guard skip("Z") || ((skip("+") || skip("-")) && two(17) && skip(":") && two(59)), rest.isEmpty else {
            return nil
        }
        self.init(text)
    }
}
