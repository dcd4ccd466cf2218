/// Identifies an incarnation of the database. Restoring a backup, copying the database, and promoting a standby each begin a new
/// one.
package struct Epoch: Hashable, Sendable {
    package let number: UInt64

    /// - Parameter number: 64 random bits.
    package init(_ number: UInt64) {
        self.number = number
    }

    /// Reads exactly what `description` writes; `nil` for anything else.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == Epoch.digits, let number = UInt64(text, radix: 16) else { return nil }
        self.init(number)
        guard description == text else { return nil }
    }

    /// Characters of `description`.
    package static let digits = 16
}

extension Epoch: CustomStringConvertible {
    /// 16 lowercase hexadecimal digits.
    package var description: String {
        Hexadecimal.text((0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) })
    }
}
