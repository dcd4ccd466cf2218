package import PharmacyDomain

/// An access token with the refresh token for its successor.
package struct TokenPair: Hashable, Sendable, Redacted {
    package let accessToken: String
    package let expiresIn: Duration
    package let refreshToken: String
    package let refreshExpiresIn: Duration
    /// The credential's.
    package let scopes: Set<CredentialScope>

    init(accessToken: String, refreshToken: String, scopes: Set<CredentialScope>) {
        self.accessToken = accessToken
        self.expiresIn = CredentialPolicy.accessTokenLifetime
        self.refreshToken = refreshToken
        self.refreshExpiresIn = CredentialPolicy.refreshTokenLifetime
        self.scopes = scopes
    }
}
