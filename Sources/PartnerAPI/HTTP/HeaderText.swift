import PharmacyDomain

/// The value of a header field, checked to be ASCII and of limited length.
///
/// All fields that this server reads are ASCII (RFC 9110 §5.5). Other text is rejected unread, because comparing or
/// splitting non-ASCII strings normalizes them, which takes quadratic time for some texts.
package struct HeaderText: Sendable {
    package let text: String

    /// - Parameter limit: the maximum length in bytes.
    /// - Returns: `nil` if the value is longer or not ASCII.
    package init?(_ value: String, upTo limit: Int) {
        guard value.utf8.count <= limit, value.isASCII else { return nil }
        text = value
    }
}
