/// The media types that request bodies may have.
package enum BodyMediaType: String, Sendable {
    case json = "application/json"
    case form = "application/x-www-form-urlencoded"
    /// Comma-separated values (RFC 4180), with a line of column names.
    case csv = "text/csv"
}
