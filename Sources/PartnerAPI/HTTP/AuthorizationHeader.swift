package import HTTPTypes

/// What the `Authorization` header says, in the two schemes that the API knows (RFC 9110 §11.6.2).
package enum AuthorizationHeader: Hashable, Sendable {
    /// RFC 6750: the token, as it stands.
    case bearer(String)
    /// RFC 6749 §2.3.1: both form-decoded; `nil` where they cannot be read.
    case basic(BasicCredentials?)
    /// Another scheme, or no scheme at all.
    case unknown

    /// The most bytes that are read: the longest token has 4,096, and credentials have some hundred.
    package static let lengthLimit = 8_192

    /// Reads the header; `nil` where there is none.
    package init?(_ headers: HTTPFields) {
        guard let sent = headers[.authorization] else { return nil }
        guard let value = HeaderText(sent, upTo: AuthorizationHeader.lengthLimit)?.text else {
            self = .unknown
            return
        }
        let parts = value.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        let scheme = parts.first?.lowercased()
        let rest = parts.count == 2 ? String(parts[1].drop { $0 == " " }) : ""
        switch scheme {
        case "bearer": self = .bearer(rest)
        case "basic": self = .basic(BasicCredentials(encoded: rest))
        default: self = .unknown
        }
    }
}
