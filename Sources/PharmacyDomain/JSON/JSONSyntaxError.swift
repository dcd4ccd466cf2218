/// Why a text is not JSON, and where: lines and columns count from 1, columns in bytes.
package struct JSONSyntaxError: Error, Hashable, Sendable {
    package let problem: String
    package let line: Int
    package let column: Int
    /// Whether the text may well be JSON, but is more than the server reads.
    package var exceedsLimit = false
}
