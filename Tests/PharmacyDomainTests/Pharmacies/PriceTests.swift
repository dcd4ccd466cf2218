import PharmacyDomain
import Testing

@Suite("Prices")
struct PriceTests {
    @Test(
        "A price is a decimal with two places",
        arguments: [
            ("188.00", 18800), ("0.00", 0), ("0.01", 1), ("0.10", 10), ("9.99", 999), ("10.05", 1005),
            ("9999999.99", 999_999_999),
        ])
    func read(text: String, cents: Int) throws {
        let price = try #require(Price(text))
        #expect(price.cents == cents)
        #expect(price.description == text)
        #expect(Price(cents: cents) == price)
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "", "188", "188.", "188.0", "188.000", ".50", "00.50", "0188.00", "-1.00", "+1.00", "1,000.00", "$1.00",
            "1e2",
            "1.00 ", " 1.00", "10000000.00", "1.0a", "١.٠٠", "1..00", "1.00.00", "NaN", "99999999999999999999.00",
        ])
    func refused(text: String) {
        #expect(Price(text) == nil)
    }

    @Test(
        "Cents are neither negative nor larger than the format allows",
        arguments: [(-1, false), (0, true), (999_999_999, true), (1_000_000_000, false)])
    func bounds(cents: Int, isPrice: Bool) {
        #expect((Price(cents: cents) != nil) == isPrice)
    }

    @Test("Prices are ordered as amounts, not as text")
    func order() throws {
        #expect(try #require(Price("9.00")) < #require(Price("10.00")))
        #expect(try !(#require(Price("10.00")) < #require(Price("9.00"))))
    }
}
