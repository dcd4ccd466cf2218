internal import Crypto
package import HTTPTypes
internal import PharmacyDomain

/// Identifies the present content of a resource or a list (RFC 9110 §8.8.3). It is derived from the content, so that all nodes
/// give equal content the same tag.
package struct EntityTag: Hashable, Sendable {
    /// The tag without `W/`, in quotation marks.
    private let opaque: Substring
    /// Whether the tag identifies content that is only equivalent, such as the same page in another coding.
    private let isWeak: Bool

    /// - Parameter content: the bytes of the response's body, or others that are equal exactly where those are.
    package init(of content: [UInt8], isWeak: Bool = false) {
        opaque = "\"\(Hexadecimal.text(Array(SHA256.hash(data: content).prefix(16))))\""
        self.isWeak = isWeak
    }

    private init(opaque: Substring, isWeak: Bool) {
        self.opaque = opaque
        self.isWeak = isWeak
    }

    /// The tag of the same content compressed with gzip. Another coding has other bytes, and so another strong tag (RFC 9110
    /// §8.8.3.3).
    package var gzipped: EntityTag { EntityTag(opaque: opaque.dropLast() + "-gzip\"", isWeak: isWeak) }

    /// The value of `ETag`.
    package var text: String { isWeak ? "W/\(opaque)" : String(opaque) }

    /// The tags that a client has sent in `If-Match` or `If-None-Match` (RFC 9110 §13.1).
    package enum List: Hashable, Sendable {
        /// `*`: any content, if there is some.
        case any
        /// Empty if the value is no list of tags: no content has one of them.
        case tags([EntityTag])

        /// - Returns: `nil` if the field is absent.
        package init?(_ name: HTTPField.Name, in fields: HTTPFields) {
            guard let value = fields.value(name) else { return nil }
            self.init(value)
        }

        init(_ value: String) {
            let trimmed = value.utf8.drop { EntityTag.isSpace($0) }
            if trimmed.first == UInt8(ascii: "*"), trimmed.dropFirst().allSatisfy(EntityTag.isSpace) {
                self = .any
            } else {
                self = .tags(EntityTag.parse(value) ?? [])
            }
        }

        /// Whether the tag is listed, weak or not: for `If-None-Match`.
        package func contains(_ tag: EntityTag) -> Bool {
            switch self {
            case .any: true
            case .tags(let tags): tags.contains { $0.opaque == tag.opaque }
            }
        }

        /// Whether the tag is listed and neither it nor the listed one is weak: for `If-Match`.
        package func containsStrongly(_ tag: EntityTag) -> Bool {
            switch self {
            case .any: true
            case .tags(let tags): !tag.isWeak && tags.contains(tag)
            }
        }
    }

    /// Parses a list of tags; `nil` for anything else. A tag may contain commas.
    private static func parse(_ value: String) -> [EntityTag]? {
        var tags: [EntityTag] = []
        var rest = value.utf8[...]
        while true {
            rest = rest.drop { isSpace($0) || $0 == UInt8(ascii: ",") }
            if rest.isEmpty { return tags }
            let isWeak = rest.starts(with: "W/".utf8)
            if isWeak { rest = rest.dropFirst(2) }
            guard rest.first == UInt8(ascii: "\""),
                let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "\""))
            else { return nil }
            let next = rest.index(after: end)
            let opaque = rest[rest.startIndex..<next]
            rest = rest[next...].drop(while: isSpace)
            guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
            tags.append(EntityTag(opaque: Substring(opaque), isWeak: isWeak))
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
