package import PharmacyDomain

extension JSON {
    /// The JSON text for documents in the repository: indented by two spaces, with a line feed at the end.
    package var indentedBytes: [UInt8] { Array((indented(by: 0) + "\n").utf8) }

    private func indented(by level: Int) -> String {
        if let members, !members.isEmpty {
            let lines = members.map { member in
                let name = String(decoding: JSON.string(member.name).bytes, as: UTF8.self)
                return "\(name): \(member.value.indented(by: level + 1))"
            }
            return JSON.block("{", lines, "}", level)
        }
        if let elements, !elements.isEmpty {
            return JSON.block("[", elements.map { $0.indented(by: level + 1) }, "]", level)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func block(_ open: String, _ items: [String], _ close: String, _ level: Int) -> String {
        let indent = String(repeating: "  ", count: level)
        return open + "\n" + items.map { indent + "  " + $0 }.joined(separator: ",\n") + "\n" + indent + close
    }
}
