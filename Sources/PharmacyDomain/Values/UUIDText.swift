internal import FoundationEssentials

/// Reads and writes the text of UUIDs. Each request does so many times, and Foundation's implementation with C's formatted input and
/// output takes over a microsecond each time.
package enum UUIDText {
    private static let length = 36

    static func text(_ uuid: UUID) -> String { withUnsafeBytes(of: uuid.uuid, text) }

    /// - Parameter bytes: the 16 bytes of a UUID.
    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(unsafeUninitializedCapacity: length) { text in
            var position = 0
            func append(_ digit: UInt8) {
                text[position] = digit
                position += 1
            }
            for index in 0..<bytes.count {
                let byte = bytes[index]
                if index == 4 || index == 6 || index == 8 || index == 10 { append(UInt8(ascii: "-")) }
                append(Hexadecimal.digit(byte >> 4))
                append(Hexadecimal.digit(byte & 0x0F))
            }
            return position
        }
    }

    /// Reads the 36-character form in upper or lower case; `nil` for anything else.
    static func parse(_ text: String.UTF8View) -> UUID? {
        text.withContiguousStorageIfAvailable(parse) ?? Array(text).withUnsafeBufferPointer(parse)
    }

    private static func parse(_ text: UnsafeBufferPointer<UInt8>) -> UUID? {
        guard text.count == length else { return nil }
        var uuid: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        let isValid = withUnsafeMutableBytes(of: &uuid) { bytes in
            var digits = 0
            for position in 0..<length {
                if position == 8 || position == 13 || position == 18 || position == 23 {
                    guard text[position] == UInt8(ascii: "-") else { return false }
                    continue
                }
                guard let value = Hexadecimal.value(text[position]) else { return false }
                bytes[digits / 2] = digits.isMultiple(of: 2) ? value << 4 : bytes[digits / 2] | value
                digits += 1
            }
            return true
        }
        return isValid ? UUID(uuid: uuid) : nil
    }
}
