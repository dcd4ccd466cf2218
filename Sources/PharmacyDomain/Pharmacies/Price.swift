/// An amount in US dollars, stored in cents; 0.00 to 9,999,999.99.
package struct Price: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let cents: Int

    package static let maximumCents = 999_999_999

    package init?(cents: Int) {
        guard (0...Price.maximumCents).contains(cents) else { return nil }
        self.cents = cents
    }

    /// - Parameter wholeDollars: a `UInt16`, every value of which is a price.
    package init(wholeDollars: UInt16) {
        cents = Int(wholeDollars) * 100
    }

    /// Reads a decimal with exactly two places, without sign or superfluous zeros: `188.00`.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2, (1...7).contains(parts[0].count), parts[1].count == 2,
            parts[0].count == 1 || parts[0].first != UInt8(ascii: "0"),
            let whole = ASCIIDigits.number(parts[0]), let hundredths = ASCIIDigits.number(parts[1])
        else { return nil }
        self.init(cents: whole * 100 + hundredths)
    }

    package var description: String { "\(cents / 100)." + ASCIIDigits.text(cents % 100, width: 2) }

    package static func < (left: Price, right: Price) -> Bool { left.cents < right.cents }
}
