/// One line of a table in comma-separated values (RFC 4180). A field in quotation marks may have line breaks, so that a record may
/// take several lines of the file.
package struct CSVRecord: Hashable, Sendable {
    /// The line of the file in which the record begins, from 1.
    package let line: Int
    /// In the order of the columns, without their quotation marks; at least one.
    package let fields: [String]

    /// The most fields of a record, as many as a JSON object of a request has members.
    package static let fieldLimit = 256

    package init(line: Int, fields: [String]) {
        self.line = line
        self.fields = fields
    }

    /// A record as text with its line break. Fields have quotation marks only if they are necessary.
    package static func text(of fields: [String]) -> String {
        // One empty field without them would be an empty line, which is no record.
        if fields == [""] { return "\"\"\r\n" }
        return fields.map(quoted).joined(separator: ",") + "\r\n"
    }

    private static func quoted(_ field: String) -> String {
        // Byte by byte: a mark that follows a quotation mark is one character with it.
        guard field.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return field }
        let quote = UInt8(ascii: "\"")
        let inner = field.utf8.flatMap { $0 == quote ? [quote, quote] : [$0] }
        return String(decoding: [quote] + inner + [quote], as: UTF8.self)
    }
}
