/// A place in the feed of a tenant's events, as partners hold it: opaque, and the same for the same place.
package struct EventCursor: Hashable, Sendable, CustomStringConvertible {
    /// The position of the last event that was handed out; 0 before the first.
    package let position: Int64

    package init(position: Int64) {
        self.position = position
    }

    /// Reads what `description` wrote; `nil` for anything else.
    package init?(_ text: String) {
        guard let bytes = Base64URL.decode(text), bytes.first == EventCursor.version,
            let position = Int64(String(decoding: bytes.dropFirst(), as: UTF8.self)), position >= 0
        else { return nil }
        self.init(position: position)
        guard description == text else { return nil }
    }

    package var description: String { Base64URL.encode([EventCursor.version] + Array("\(position)".utf8)) }

    /// Of the format, should it ever change.
    private static let version = UInt8(ascii: "e")
}
