internal import PharmacyDomain

/// Formats results of commands for people: an object as lines of names and values, an array of objects as a table.
enum PlainText {
    static func lines(_ json: JSON) -> [String] {
        if let objects = json.elements { return table(objects) }
        let members = json.members ?? []
        let width = members.map(\.name.count).max() ?? 0
        return members.map { padded($0.name + ":", width + 2) + cell($0.value) }
    }

    private static func table(_ objects: [JSON]) -> [String] {
        let names = objects.first?.members?.map(\.name) ?? []
        let rows =
            [names.map { $0.uppercased() }]
            + objects.map { object in
                names.map { cell(object[$0] ?? .null) }
            }
        let widths = names.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        guard !names.isEmpty else { return ["(none)"] }
        return rows.map { row in
            zip(row, widths).map { padded($0, $1 + 2) }.joined().trimmed
        }
    }

    private static func cell(_ value: JSON) -> String {
        if value.isNull { return "-" }
        if let elements = value.elements { return elements.map(cell).joined(separator: ",") }
        return value.text ?? String(decoding: value.bytes, as: UTF8.self)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
