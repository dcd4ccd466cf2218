/// An error whose description contains no value of a record, so that the operator's log may contain it.
package protocol LoggableError: Error {
    /// One line: what failed and what to look at.
    var words: String { get }
}
