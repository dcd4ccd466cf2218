import FoundationEssentials

/// The id of a request, which connects a response with the log.
package enum RequestID {
    /// The maximum length of a caller's id in characters.
    package static let lengthLimit = 128

    /// The caller's id if it is 1 to 128 of `A`–`Z`, `a`–`z`, `0`–`9`, `.`, `_` and `-`; otherwise a new UUID.
    static func accepting(_ value: String?) -> String {
        guard let value, isValid(value) else { return UUID().uuidString.lowercased() }
        return value
    }

    /// Whether an id is safe in logs and headers.
    private static func isValid(_ value: String) -> Bool {
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
