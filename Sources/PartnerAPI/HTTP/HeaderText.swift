/// The value of a header field, where it is ASCII and no longer than its field needs.
///
/// All that this server reads is (RFC 9110 §5.5). Other text is not looked at: strings beyond ASCII are compared and split in
/// their canonical order, which for some texts takes the square of their length.
package struct HeaderText: Sendable {
    package let text: String

    /// `nil` for what is longer, or holds anything but ASCII.
    /// - Parameter limit: the most bytes.
    package init?(_ value: String, upTo limit: Int) {
        guard value.utf8.count <= limit, value.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        text = value
    }
}
