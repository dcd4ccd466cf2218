/// A table in comma-separated values (RFC 4180): fields are separated by commas, and lines end with CRLF or LF. A field with a
/// comma, a quotation mark or a line break is in quotation marks, and quotation marks in it are doubled.
package struct CSVDocument: Hashable, Sendable {
    /// The records in the order of the text. Empty lines are none.
    package let records: [CSVRecord]
    /// The line in which a record begins that was not read, because there are more than the limit; `nil` if all were read.
    package let nextLine: Int?

    /// Reads a table in UTF-8, without a byte order mark.
    /// - Parameter limit: the most records that are read. The text after them is not read.
    package static func parse(_ bytes: [UInt8], atMost limit: Int) throws(CSVSyntaxError) -> CSVDocument {
        var parser = CSVParser(bytes: bytes)
        return try parser.document(atMost: limit)
    }
}
