internal import PharmacyDomain

/// How a client identifies itself: by its id, and by its secret where it authenticates.
package struct ClientLogin: Hashable, Sendable, Redacted {
    package let clientID: String
    package let clientSecret: String?

    package init(clientID: String, clientSecret: String?) {
        self.clientID = clientID
        self.clientSecret = clientSecret
    }
}
