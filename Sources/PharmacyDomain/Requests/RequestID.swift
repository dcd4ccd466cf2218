internal import FoundationEssentials

/// The id of a request (`X-Request-Id`), which connects a response with the logs.
package enum RequestID {
    /// The maximum length of a caller's id in characters.
    package static let lengthLimit = 128

    /// The caller's id if it is valid; otherwise a new UUID that begins with the time (RFC 9562, version 7), by which the request
    /// is found in its log.
    package static func accepting(_ value: String?, at now: Timestamp) -> String {
        if let value, isValid(value) { return value }
        let random = SystemRandomness.bytes(TimeOrderedUUID.randomLength)
        return UUIDText.text(TimeOrderedUUID.make(at: now, random: random))
    }

    /// Whether an id is 1 to 128 of `A`–`Z`, `a`–`z`, `0`–`9`, `.`, `_` and `-`, which is safe in logs and headers.
    package static func isValid(_ value: String) -> Bool {
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

    /// The time at the beginning of an id of version 7; `nil` for any other id.
    package static func time(of id: String) -> Timestamp? {
        UUIDText.parse(id.utf8).flatMap(TimeOrderedUUID.time)
    }
}
