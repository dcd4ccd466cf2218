package import PharmacyDomain

extension EventCursor: CustomStringConvertible {
    /// Reads what `description` wrote; `nil` for anything else.
    package init?(_ text: String) {
        guard text.utf8.count <= EventCursor.lengthLimit, let bytes = Base64URL.decode(text), let format = bytes.first
        else { return nil }
        var rest = bytes.dropFirst()
        var epoch: Epoch?
        switch format {
        case EventCursor.withoutEpoch: break
        case EventCursor.withEpoch:
            epoch = Epoch(String(decoding: rest.prefix(Epoch.digits), as: UTF8.self))
            guard epoch != nil else { return nil }
            rest = rest.dropFirst(Epoch.digits)
        default: return nil
        }
        guard let position = Int64(String(decoding: rest, as: UTF8.self)), position >= 0 else { return nil }
        self.init(epoch: epoch, position: position)
        guard description == text else { return nil }
    }

    /// Opaque to partners, and the same for the same position.
    package var description: String {
        let (format, name) = epoch.map { (EventCursor.withEpoch, "\($0)") } ?? (EventCursor.withoutEpoch, "")
        return Base64URL.encode([format] + Array("\(name)\(position)".utf8))
    }

    /// The most bytes of the text: the longest that `description` writes has 48.
    package static let lengthLimit = 64

    /// The formats. Only cursors from before there were epochs have the first.
    private static let withoutEpoch = UInt8(ascii: "e")
    private static let withEpoch = UInt8(ascii: "f")
}
