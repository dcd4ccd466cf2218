package import PharmacyDomain
import Yams

/// A JSON value as YAML. Members keep their order.
package struct YAMLText: Sendable {
    package let text: String

    /// - Throws: a failure of the YAML encoder.
    package init(_ json: JSON) throws {
        self.text = try serialize(node: YAMLText.node(json), indent: 2, width: -1, allowUnicode: true)
    }

    private static func node(_ json: JSON) -> Node {
        switch json {
        case .null: Node("null")
        case .bool(let value): Node(value ? "true" : "false")
        case .integer(let value): Node(String(value))
        case .number(let value): Node(String(value))
        case .string(let value): scalar(value)
        case .array(let values): Node(values.map(node), Tag(.seq))
        case .object(let members): Node(members.map { (scalar($0.name), node($0.value)) }, Tag(.map))
        }
    }

    /// A string that parsers read back as a string. It is unquoted only if it cannot be mistaken for another type.
    private static func scalar(_ text: String) -> Node {
        if text.contains("\n"), !text.hasControlCharacters(allowingLines: true) {
            return Node(text, Tag(.str), .literal)
        }
        let isWord = text.utf8.first.map { $0 != UInt8(ascii: "-") && !ASCIIDigits.isDigit($0) } ?? false
        let isPlain =
            isWord
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "/"):
                    true
                default: false
                }
            }
        let isReserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
        return Node(text, Tag(.str), isPlain && !isReserved ? .plain : .doubleQuoted)
    }
}
