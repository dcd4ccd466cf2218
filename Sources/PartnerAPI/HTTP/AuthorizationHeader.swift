package import HTTPTypes

/// The `Authorization` header (RFC 9110 §11.6.2), in the two schemes that the API supports.
package enum AuthorizationHeader: Hashable, Sendable {
    /// The token, unchanged (RFC 6750 §2.1).
    case bearer(String)
    /// The form-decoded credentials (RFC 6749 §2.3.1); `nil` if they are malformed.
    case basic(BasicCredentials?)
    /// Another scheme, no scheme, or a value that is too long or not ASCII.
    case unknown

    /// The maximum length in bytes. The longest token has 4,096 bytes, and Basic credentials have a few hundred.
    package static let lengthLimit = 8_192

    /// - Returns: `nil` if the request has no `Authorization` header.
    package init?(_ headers: HTTPFields) {
        guard let sent = headers.value(.authorization) else { return nil }
        guard let value = HeaderText(sent, upTo: AuthorizationHeader.lengthLimit)?.text else {
            self = .unknown
            return
        }
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") }
        let text = value.utf8.drop(while: isSpace)
        let end = text.firstIndex(where: isSpace) ?? text.endIndex
        let rest = String(Substring(text[end...].drop(while: isSpace)))
        switch Substring(text[..<end]).lowercased() {
        case "bearer": self = .bearer(rest)
        case "basic": self = .basic(BasicCredentials(encoded: rest))
        default: self = .unknown
        }
    }
}
