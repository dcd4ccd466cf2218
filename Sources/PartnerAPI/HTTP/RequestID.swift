import FoundationEssentials

/// The id of a request.
enum RequestID {
    /// The most characters a caller's id may have.
    static let lengthLimit = 128

    /// The caller's id where it is 1 to 128 of `A`–`Z`, `a`–`z`, `0`–`9`, `.`, `_` and `-`; else a new UUID.
    static func accepting(_ value: String?) -> String {
        guard let value, isSane(value) else { return UUID().uuidString.lowercased() }
        return value
    }

    /// Whether an id can stand in logs and headers as it is.
    private static func isSane(_ value: String) -> Bool {
        (1...lengthLimit).contains(value.utf8.count)
            && value.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
