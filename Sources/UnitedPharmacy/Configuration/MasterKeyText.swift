internal import FoundationEssentials
internal import PharmacyDomain

/// The text form of a master key, in a setting and in a key file.
enum MasterKeyText {
    /// In bytes.
    static let keyLength = 32

    /// Reads base64 or 64 hexadecimal digits; `nil` for any other text.
    static func parse(_ text: String) -> [UInt8]? {
        if text.utf8.count == 2 * keyLength { return Hexadecimal.bytes(text) }
        guard let data = Data(base64Encoded: text), data.count == keyLength else { return nil }
        return Array(data)
    }
}
