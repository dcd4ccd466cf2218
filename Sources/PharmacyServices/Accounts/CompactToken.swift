/// The form of a JWT in compact serialization (RFC 7515 §7.1), judged before anything of it is decoded: whoever sends one is
/// not known yet.
enum CompactToken {
    /// The most bytes; the server's own have some 600.
    static let lengthLimit = 4_096
    /// The most bytes of the header part, which is read before the signature is checked. The server's own has some 80.
    static let headerLimit = 512

    /// Whether the text is three parts of base64url with dots between them, none of them empty, within the limits.
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
