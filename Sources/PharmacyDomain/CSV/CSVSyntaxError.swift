/// Why a text is not a table in comma-separated values, and where. Lines and columns count from 1; columns are bytes.
package struct CSVSyntaxError: Error, Hashable, Sendable {
    package let problem: String
    package let line: Int
    package let column: Int
    /// Whether the text exceeds a limit; it may be a table otherwise.
    package var exceedsLimit = false
}
