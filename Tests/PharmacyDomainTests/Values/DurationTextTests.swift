import PharmacyDomain
import Testing

@Suite("Durations in settings")
struct DurationTextTests {
    @Test(
        "A number and a unit are read",
        arguments: [
            ("1ms", .milliseconds(1)), ("500ms", .milliseconds(500)), ("5s", .seconds(5)), ("05s", .seconds(5)),
            ("1m", .seconds(60)), ("24h", .seconds(86_400)), ("2190d", .seconds(189_216_000)),
            ("999999999s", .seconds(999_999_999)),
        ] as [(String, Duration)])
    func reads(text: String, span: Duration) {
        #expect(DurationText.parse(text) == span)
    }

    @Test(
        "Everything else is refused: nothing, zero, signs, fractions, spaces, other units, other digits",
        arguments: [
            "", "5", "s", "ms", "0s", "000ms", "-5s", "+5s", "1.5s", "1e3s", "5 s", " 5s", "5s ", "5S", "5w", "5sec",
            "1m30s", "soon", "\u{0665}s", "1000000000s", "99999999999999999999h",
        ])
    func refuses(text: String) {
        #expect(DurationText.parse(text) == nil)
    }
}
