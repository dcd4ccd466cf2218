internal import PharmacyDomain

/// What a client says of itself beside a token: its id, and its secret where it authenticates.
package struct ClientLogin: Hashable, Sendable, Redacted {
    package let clientID: String
    package let clientSecret: String?

    package init(clientID: String, clientSecret: String?) {
        self.clientID = clientID
        self.clientSecret = clientSecret
    }
}
