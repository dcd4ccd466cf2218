import FoundationEssentials
import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("Timestamps")
struct TimestampTests {
    @Test(
        "A timestamp is written in UTC with the guide's offset, without fractions",
        arguments: [
            (Int64(1_766_423_701_000), "2025-12-22T17:15:01+00:00"), (1_766_423_701_999, "2025-12-22T17:15:01+00:00"),
            (0, "1970-01-01T00:00:00+00:00"), (-1, "1969-12-31T23:59:59+00:00"),
            (951_782_400_000, "2000-02-29T00:00:00+00:00"),
            (253_402_300_799_000, "9999-12-31T23:59:59+00:00"),
        ])
    func written(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    @Test(
        "An ISO 8601 time is read with any offset and any fraction",
        arguments: [
            ("2025-12-22T17:15:01+00:00", Int64(1_766_423_701_000)), ("2025-12-22T17:15:01Z", 1_766_423_701_000),
            ("2025-12-22T17:15:01-00:00", 1_766_423_701_000), ("2025-12-22T18:15:01+01:00", 1_766_423_701_000),
            ("2025-12-22T11:45:01-05:30", 1_766_423_701_000), ("2025-12-23T07:15:01+14:00", 1_766_423_701_000),
            ("2025-12-22T17:15:01.5Z", 1_766_423_701_500), ("2025-12-22T17:15:01.25Z", 1_766_423_701_250),
            ("2025-12-22T17:15:01.001Z", 1_766_423_701_001), ("2025-12-22T18:15:01.123+01:00", 1_766_423_701_123),
            ("2025-12-22T17:15:01.123999999Z", 1_766_423_701_123),
            ("2025-12-22T17:15:01.123456789+00:00", 1_766_423_701_123),
            ("2025-12-23T17:14:01+23:59", 1_766_423_701_000),
            ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999Z", -1), ("2024-02-29T12:00:00Z", 1_709_208_000_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000), ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ])
    func read(text: String, milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(
        "A text that is not a date and a time with an offset is refused",
        arguments: [
            "", "now", "2025-12-22", "2025-12-22T17:15:01", "2025-12-22T17:15Z", "2025-12-22 17:15:01Z", "1766423701",
            "2025-12-22t17:15:01z", "2025-12-22T17:15:01Zx", "2025-12-22T17:15:01ZZ", "2025-12-22T17:15:01+00:00x",
            " 2025-12-22T17:15:01Z", "2025-12-22T17:15:01 Z", "2025-12-22T17:15:01 00:00", "2025-12-22T17:15:01+0000",
            "2025-12-22T17:15:01+00", "2025-12-22T17:15:01+24:00", "2025-12-22T17:15:01-24:00",
            "2025-12-22T17:15:01+00:60",
            "2025-12-22T17:15:01GMT",
            "2025-12-22T17:15:01UTC+3", "2025-02-30T00:00:00Z", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z",
            "2025-00-01T00:00:00Z", "2025-12-22T24:00:00Z", "2025-12-22T17:60:00Z", "2025-12-22T17:15:60Z",
            "2025-1-2T1:2:3Z",
            "2025-12-22T17:15:01.Z", "2025-12-22T17:15:01,5Z", "2025-12-22T17:15:01.5", "2025-12-22T17:15:01.-5Z",
            "0000-01-01T00:00:00Z", "12025-12-22T17:15:01Z", "-025-12-22T17:15:01Z", "20251222T171501Z",
            "2025-12-22T17:15:0١Z", "2025-12-22T17:15:01.1234567890Z",
            "2025-12-22T17:15:01.00000000000000000000000000000Z",
        ])
    func refused(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("A whole second reads back from what was written, in every year from 1 to 9999")
    func roundTrip() {
        var generator = SeededGenerator(seed: 3339)
        for _ in 0..<5000 {
            let seconds = Int64.random(in: -62_135_596_800...253_402_300_799, using: &generator)
            let moment = Timestamp(milliseconds: seconds * 1000)
            #expect(Timestamp(moment.description) == moment)
        }
    }

    @Test("A millisecond is preserved by Foundation's Date")
    func dates() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<5000 {
            let moment = Timestamp(
                milliseconds: Int64.random(in: -2_208_988_800_000...7_258_118_400_000, using: &generator))
            #expect(Timestamp(moment.date) == moment)
        }
    }

    @Test(
        "Seconds are rounded down, also before 1970",
        arguments: [(Int64(1999), Int64(1)), (1000, 1), (999, 0), (0, 0), (-1, -1), (-1000, -1), (-1001, -2)])
    func seconds(milliseconds: Int64, seconds: Int64) {
        #expect(Timestamp(milliseconds: milliseconds).seconds == seconds)
    }

    @Test(
        "The whole second after a span is never before its end",
        arguments: [
            (Int64(0), Duration.zero, Int64(0)), (1, .zero, 1), (900, .seconds(1), 2), (0, .seconds(1), 1),
            (0, .nanoseconds(1), 1), (999, .milliseconds(1), 1), (999, .microseconds(1001), 2), (-1, .zero, 0),
        ])
    func wholeSeconds(milliseconds: Int64, span: Duration, seconds: Int64) {
        #expect(Timestamp(milliseconds: milliseconds).wholeSecond(after: span) == seconds)
    }

    @Test(
        "The upper bound of a range covers its second, unless it has a fraction",
        arguments: [
            ("1970-01-01T00:00:01Z", Int64(1999)), ("1970-01-01T00:00:01+00:00", 1999),
            ("1970-01-01T01:00:01+01:00", 1999), ("1970-01-01T00:00:01.0Z", 1000), ("1970-01-01T00:00:01.25Z", 1250),
            ("1970-01-01T00:00:01.2509Z", 1250), ("1969-12-31T23:59:59Z", -1),
        ])
    func upperBounds(text: String, milliseconds: Int64) {
        #expect(Timestamp.upperBound(text) == Timestamp(milliseconds: milliseconds))
        #expect(Timestamp.upperBound("x" + text) == nil)
    }

    @Test("Spans are added, subtracted and measured in milliseconds")
    func spans() {
        let moment = Timestamp(milliseconds: 1000)
        #expect(moment + .milliseconds(1500) == Timestamp(milliseconds: 2500))
        #expect(moment - .seconds(2) == Timestamp(milliseconds: -1000))
        #expect((moment + .days(90)).since(moment) == .hours(90 * 24))
        #expect(moment.since(moment + .minutes(1)) == .seconds(-60))
        #expect(moment < moment + .milliseconds(1))
    }

    @Test(
        "A duration's milliseconds are whole ones, rounded towards zero",
        arguments: [
            (Duration.milliseconds(1500), Int64(1500)), (.microseconds(1999), 1), (.microseconds(-1999), -1),
            (.seconds(-1), -1000), (.zero, 0),
        ])
    func durations(duration: Duration, milliseconds: Int64) {
        #expect(duration.milliseconds == milliseconds)
    }
}
