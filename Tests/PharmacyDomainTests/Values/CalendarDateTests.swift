import PharmacyDomain
import Testing

@Suite("Days of the calendar")
struct CalendarDateTests {
    @Test(
        "A day that exists is read and written as YYYY-MM-DD",
        arguments: [
            "2024-02-29", "2000-02-29", "1900-02-28", "2025-01-31", "2025-04-30", "2025-12-31", "0001-01-01",
            "9999-12-31",
        ])
    func accepted(text: String) {
        #expect(CalendarDate(text)?.description == text)
    }

    @Test(
        "A day that does not exist, or has another form, is refused",
        arguments: [
            "2025-02-29", "1900-02-29", "2100-02-29", "2025-02-30", "2025-04-31", "2025-06-31", "2025-09-31",
            "2025-11-31", "2025-01-32", "2025-00-10", "2025-13-01", "2025-01-00", "0000-01-01", "", "2025-1-01",
            "25-01-01", "2025/01/01", "20250101", "2025-01-01T00:00:00Z", " 2025-01-01", "2025-01-01 ", "01-01-2025",
            "2025-01-0a", "+025-01-01", "-025-01-01", "２０２５-01-01", "2025-01-٠١",
        ])
    func refused(text: String) {
        #expect(CalendarDate(text) == nil)
    }

    @Test("Each day is followed by the next, across every leap rule")
    func sequence() throws {
        var expected = try #require(CalendarDate(year: 1896, month: 1, day: 1)).daysSince1970
        var previous: CalendarDate?
        for year in 1896...2104 {
            for month in 1...12 {
                for day in 1...31 {
                    guard let date = CalendarDate(year: year, month: month, day: day) else { continue }
                    #expect(date.daysSince1970 == expected)
                    if let previous { #expect(previous < date) }
                    previous = date
                    expected += 1
                }
            }
        }
        #expect(CalendarDate("1970-01-01")?.daysSince1970 == 0)
    }

    @Test(
        "A timestamp's day is that of its UTC time, to the millisecond",
        arguments: [
            ("2025-12-22T00:00:00Z", "2025-12-22"), ("2025-12-22T23:59:59.999Z", "2025-12-22"),
            ("2025-12-22T23:30:00-01:00", "2025-12-23"), ("2024-02-29T12:00:00Z", "2024-02-29"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31"), ("1900-03-01T00:00:00Z", "1900-03-01"),
        ])
    func momentsDay(moment: String, day: String) throws {
        #expect(CalendarDate(try #require(Timestamp(moment))).description == day)
    }

    @Test("Only ASCII digits are accepted, and only the expected number of them")
    func digits() {
        #expect(ASCIIDigits.number("007".utf8) == 7)
        #expect(ASCIIDigits.number("999999999999999999".utf8) == 999_999_999_999_999_999)
        for text in ["", "1234567890123456789", "1a", "-1", "+1", " 1", "１"] {
            #expect(ASCIIDigits.number(text.utf8) == nil, "\(text)")
        }
        #expect(ASCIIDigits.text(7, width: 3) == "007")
        #expect(ASCIIDigits.text(12345, width: 3) == "12345")
    }
}
