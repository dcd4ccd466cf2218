/// A day of the Gregorian calendar without a time or a time zone, such as a date of birth.
package struct CalendarDate: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let year: Int
    package let month: Int
    package let day: Int

    /// `nil` for a day that the calendar does not have (2025-02-29, month 13) and for years outside 1…9999.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...CalendarDate.days(inMonth: month, ofYear: year)).contains(day)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Reads exactly `YYYY-MM-DD` in ASCII digits.
    package init?(_ text: String) {
        guard text.utf8.count == 10 else { return nil }
        let bytes = Array(text.utf8)
        guard bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = ASCIIDigits.number(bytes[0..<4]),
            let month = ASCIIDigits.number(bytes[5..<7]),
            let day = ASCIIDigits.number(bytes[8..<10])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// Why a text is not a day of the calendar, as the end of a sentence that begins with the member's name; `nil` where it is
    /// one.
    package static func fault(_ text: String) -> String? {
        if CalendarDate(text) != nil { return nil }
        let rule = "must be a day of the calendar, written YYYY-MM-DD"
        let scalars = text.unicodeScalars
        for (offset, index) in scalars.indices.prefix(10).enumerated() {
            let needsHyphen = offset == 4 || offset == 7
            guard needsHyphen ? scalars[index] != "-" : !("0"..."9").contains(scalars[index]) else { continue }
            let character = CharacterFault(index, in: text).description
            return "\(rule): \(character) must be a \(needsHyphen ? "hyphen" : "digit")."
        }
        guard scalars.count == 10 else { return "\(rule): it has \(scalars.count) characters, not 10." }
        let bytes = Array(text.utf8)
        guard let year = ASCIIDigits.number(bytes[0..<4]), year > 0 else { return "\(rule): there is no year 0000." }
        guard let month = ASCIIDigits.number(bytes[5..<7]), (1...12).contains(month) else {
            return "\(rule): the month must be 01 to 12."
        }
        return "\(rule): the day must be 01 to \(days(inMonth: month, ofYear: year)) in that month."
    }

    /// The day of a timestamp in UTC. Days before 1582 follow the Gregorian rules, too (ISO 8601); Foundation's calendar changes to
    /// the Julian one there.
    package init(_ moment: Timestamp) {
        // Days from 0000-03-01, so that a leap day is the last of its year; then years of eras of 400.
        let days = Int((moment.seconds - (moment.seconds % 86_400 + 86_400) % 86_400) / 86_400) + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        self.month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        self.year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days from 1970-01-01 to this one; negative before it.
    package var daysSince1970: Int {
        let years = year - 1
        let leapDays = years / 4 - years / 100 + years / 400
        let months = (1..<month).reduce(0) { $0 + CalendarDate.days(inMonth: $1, ofYear: year) }
        return years * 365 + leapDays + months + day - 1 - 719_162
    }

    /// The length of `description`.
    static let length = 10

    package var description: String {
        String(unsafeUninitializedCapacity: CalendarDate.length) { text in
            write(to: text)
            return CalendarDate.length
        }
    }

    /// Writes the text to the first `length` bytes.
    func write(to text: UnsafeMutableBufferPointer<UInt8>) {
        ASCIIDigits.write(year, width: 4, to: text, at: 0)
        text[4] = UInt8(ascii: "-")
        ASCIIDigits.write(month, width: 2, to: text, at: 5)
        text[7] = UInt8(ascii: "-")
        ASCIIDigits.write(day, width: 2, to: text, at: 8)
    }

    package static func < (left: CalendarDate, right: CalendarDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    private static func days(inMonth month: Int, ofYear year: Int) -> Int {
        switch month {
        case 2: (year.isMultiple(of: 4) && !year.isMultiple(of: 100)) || year.isMultiple(of: 400) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
