/// The form of a JWT in compact serialization (RFC 7515 §7.1). It is checked before anything is decoded, because the sender is
/// not authenticated yet.
enum CompactToken {
    /// The most bytes of a token. The server's own tokens have about 600.
    static let lengthLimit = 4_096
    /// The most bytes of the header, which is read before the signature is verified. The server's own have about 80.
    static let headerLimit = 512

    /// Whether the text consists of three non-empty base64url parts separated by dots, within the limits.
    static func isWellFormed(_ text: some Collection<UInt8>) -> Bool {
        var length = 0
        var dots = 0
        var part = 0
        for byte in text {
            length += 1
            guard length <= lengthLimit else { return false }
            switch byte {
            case UInt8(ascii: "."):
                dots += 1
                guard part > 0, dots <= 2 else { return false }
                part = 0
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                part += 1
                guard dots > 0 || part <= headerLimit else { return false }
            default: return false
            }
        }
        return dots == 2 && part > 0
    }
}
