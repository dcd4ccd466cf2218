internal import PharmacyDomain
internal import PharmacyStore

/// How a client identifies itself: by its id, and by its secret where it authenticates.
package struct ClientLogin: Hashable, Sendable, Redacted {
    package let clientID: String
    package let clientSecret: String?

    package init(clientID: String, clientSecret: String?) {
        self.clientID = clientID
        self.clientSecret = clientSecret
    }
}

extension TenantScope {
    /// The scopes of an active credential with this secret; `nil` if the client id or the secret is wrong.
    func scopes(of client: ClientID, secret: String) throws -> Set<CredentialScope>? {
        guard let login = try login(of: client), TokenHash.areEqual(login.secretHash, TokenHash.of(secret)) else {
            return nil
        }
        return login.scopes
    }
}
