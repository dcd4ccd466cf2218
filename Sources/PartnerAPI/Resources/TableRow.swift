package import PharmacyDomain

/// A row of a table that a partner has sent.
package struct TableRow: Sendable {
    /// The line of the file in which the row begins, from 1, which is the line with the names of the columns.
    package let line: Int
    /// The row as the body of a single request, always an object; or why it cannot be one.
    package let body: Result<JSON, ValidationErrors>
}
