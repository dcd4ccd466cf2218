package import FoundationEssentials

/// A time in UTC, in whole milliseconds since 1970-01-01T00:00:00Z.
package struct Timestamp: Hashable, Comparable, Sendable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package init(_ date: Date) {
        // Rounded, because a Date counts from 2001 in binary fractions and is often slightly less than the intended millisecond.
        self.milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded())
    }

    package var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    /// Whole seconds since 1970, rounded down, as in `X-RateLimit-Reset`, JWT claims and `webhook-timestamp`.
    package var seconds: Int64 { milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000 }

    /// The first whole second not before the end of a span from this time, so that a client that returns then is not too early.
    package func wholeSecond(after span: Duration) -> Int64 {
        let milliseconds = milliseconds + span.milliseconds + (span > .milliseconds(span.milliseconds) ? 1 : 0)
        return Timestamp(milliseconds: milliseconds + 999).seconds
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    package static func + (moment: Timestamp, span: Duration) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds + span.milliseconds)
    }

    package static func - (moment: Timestamp, span: Duration) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds - span.milliseconds)
    }

    /// The span from `earlier` to this time; negative when `earlier` is later.
    package func since(_ earlier: Timestamp) -> Duration {
        .milliseconds(milliseconds - earlier.milliseconds)
    }
}

extension Timestamp: CustomStringConvertible {
    /// ISO 8601 in UTC with the guide's offset: `2025-12-22T17:15:01+00:00`. Fractions are truncated.
    package var description: String {
        let time = Int((seconds % 86_400 + 86_400) % 86_400)
        let end = "T00:00:00+00:00".utf8
        return String(unsafeUninitializedCapacity: CalendarDate.length + end.count) { text in
            CalendarDate(self).write(to: text)
            _ = text[CalendarDate.length...].update(fromContentsOf: end)
            for (part, offset) in [(time / 3600, 1), (time / 60 % 60, 4), (time % 60, 7)] {
                ASCIIDigits.write(part, width: 2, to: text, at: CalendarDate.length + offset)
            }
            return CalendarDate.length + end.count
        }
    }

    /// Reads a date and time of RFC 3339 with an offset (`Z`, or `±hh:mm` of less than 24 hours), with or without a fraction of a
    /// second of at most nine digits; those after the millisecond are truncated. `nil` for everything else: a bare date, a time
    /// without an offset, a day that the calendar or a time that the clock does not have, anything after the offset.
    /// (Foundation's parser reads February 30th as March 2nd, and ignores what follows.)
    package init?(_ text: String) {
        guard (20...35).contains(text.utf8.count) else { return nil }
        let bytes = Array(text.utf8)
        guard bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":"), let day = CalendarDate(String(decoding: bytes[..<10], as: UTF8.self)),
            let hour = ASCIIDigits.number(bytes[11..<13]), hour < 24,
            let minute = ASCIIDigits.number(bytes[14..<16]), minute < 60,
            let second = ASCIIDigits.number(bytes[17..<19]), second < 60
        else { return nil }
        var rest = bytes[19...]
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix(while: ASCIIDigits.isDigit)
            guard (1...9).contains(digits.count),
                let thousandths = ASCIIDigits.number((digits + [0x30, 0x30]).prefix(3))
            else { return nil }
            fraction = thousandths
            rest = rest.dropFirst(1 + digits.count)
        }
        guard let offset = Timestamp.minutesOfOffset(Array(rest)) else { return nil }
        let minutes = (day.daysSince1970 * 24 + hour) * 60 + minute - offset
        self.init(milliseconds: Int64((minutes * 60 + second) * 1000 + fraction))
    }

    /// Reads the upper bound of a range. Times are shown in whole seconds: a bound without a fraction covers the whole of
    /// its second, so that it covers what is shown with the same text. One with a fraction is exact.
    package static func upperBound(_ text: String) -> Timestamp? {
        guard let moment = Timestamp(text) else { return nil }
        return text.utf8.contains(UInt8(ascii: ".")) ? moment : moment + .milliseconds(999)
    }

    /// `Z`, or `±hh:mm` in minutes east of Greenwich.
    private static func minutesOfOffset(_ bytes: [UInt8]) -> Int? {
        if bytes == [UInt8(ascii: "Z")] { return 0 }
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
            let hours = ASCIIDigits.number(bytes[1..<3]), hours < 24,
            let minutes = ASCIIDigits.number(bytes[4..<6]), minutes < 60
        else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "+"): return hours * 60 + minutes
        case UInt8(ascii: "-"): return -(hours * 60 + minutes)
        default: return nil
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    package var milliseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000_000_000) }

    /// Whole nanoseconds, rounded towards zero.
    package var nanoseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000) }

    package static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
    package static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }
    package static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
}
