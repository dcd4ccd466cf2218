import FoundationEssentials

/// A client id and a client secret as HTTP Basic carries them (RFC 7617, RFC 6749 §2.3.1).
package struct BasicCredentials: Hashable, Sendable {
    package let clientID: String
    package let clientSecret: String

    package init(clientID: String, clientSecret: String) {
        self.clientID = clientID
        self.clientSecret = clientSecret
    }

    /// Reads the base64 part of the header; `nil` if it is not base64 of percent-encoded UTF-8 with a colon.
    package init?(encoded: String) {
        guard let data = Data(base64Encoded: encoded), let colon = data.firstIndex(of: UInt8(ascii: ":")),
            let clientID = PercentEncoding.decode(data[..<colon], plusIsSpace: true),
            let clientSecret = PercentEncoding.decode(data[data.index(after: colon)...], plusIsSpace: true)
        else { return nil }
        self.clientID = clientID
        self.clientSecret = clientSecret
    }
}
