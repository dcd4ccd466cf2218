/// Why a text is not JSON, and where. Lines and columns count from 1; columns are bytes.
package struct JSONSyntaxError: Error, Hashable, Sendable {
    package let problem: String
    package let line: Int
    package let column: Int
    /// Whether the text exceeds a limit; it may be JSON otherwise.
    package var exceedsLimit = false
}
