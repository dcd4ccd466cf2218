package import FoundationEssentials

/// What an identifier names; one empty type for each kind of thing, so that one cannot be passed for another.
package protocol Identified {}

/// The public name of one thing: a UUID (RFC 9562), written in lower case.
package struct Identifier<Thing: Identified>: Hashable, Sendable, CustomStringConvertible {
    package let uuid: UUID

    package init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Reads the 36-character form in either case; `nil` for anything else.
    package init?(_ text: String) {
        guard let uuid = UUIDText.parse(text.utf8) else { return nil }
        self.uuid = uuid
    }

    package var description: String { UUIDText.text(uuid) }
}

/// The text of UUIDs. Each request reads and writes many of them; Foundation's way over C's formatted input and output
/// costs over a microsecond each.
enum UUIDText {
    private static let length = 36

    static func text(_ uuid: UUID) -> String {
        String(unsafeUninitializedCapacity: length) { text in
            var position = 0
            func append(_ digit: UInt8) {
                text[position] = digit
                position += 1
            }
            withUnsafeBytes(of: uuid.uuid) { bytes in
                for (index, byte) in bytes.enumerated() {
                    if index == 4 || index == 6 || index == 8 || index == 10 { append(UInt8(ascii: "-")) }
                    append(Hexadecimal.digit(byte >> 4))
                    append(Hexadecimal.digit(byte & 0x0F))
                }
            }
            return position
        }
    }

    /// `nil` for anything but the 36-character form.
    static func parse(_ text: String.UTF8View) -> UUID? {
        guard text.count == length else { return nil }
        var uuid: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        let isGood = withUnsafeMutableBytes(of: &uuid) { bytes in
            var digits = 0
            for (position, character) in text.enumerated() {
                if position == 8 || position == 13 || position == 18 || position == 23 {
                    guard character == UInt8(ascii: "-") else { return false }
                    continue
                }
                guard let value = Hexadecimal.value(character) else { return false }
                bytes[digits / 2] = digits.isMultiple(of: 2) ? value << 4 : bytes[digits / 2] | value
                digits += 1
            }
            return true
        }
        return isGood ? UUID(uuid: uuid) : nil
    }
}

package typealias TenantID = Identifier<Tenant>
package typealias ClientID = Identifier<Credential>
package typealias PatientID = Identifier<Patient>
package typealias PharmacyID = Identifier<Pharmacy>
package typealias OrderID = Identifier<Order>
package typealias EventID = Identifier<OrderEvent>
package typealias DeliveryID = Identifier<Delivery>
