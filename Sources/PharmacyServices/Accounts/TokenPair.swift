package import PharmacyDomain

/// An access token and the refresh token for its successor.
package struct TokenPair: Hashable, Sendable, Redacted {
    package let accessToken: String
    package let expiresIn: Duration
    package let refreshToken: String
    package let refreshExpiresIn: Duration
    /// The credential's scopes.
    package let scopes: Set<CredentialScope>

    package init(accessToken: String, refreshToken: String, scopes: Set<CredentialScope>) {
        self.accessToken = accessToken
        self.expiresIn = CredentialPolicy.accessTokenLifetime
        self.refreshToken = refreshToken
        self.refreshExpiresIn = CredentialPolicy.refreshTokenLifetime
        self.scopes = scopes
    }

    /// The pair as the outcome of an idempotent request is stored. Its members and their names are a stored format.
    var stored: JSON {
        [
            "access_token": .string(accessToken), "refresh_token": .string(refreshToken),
            "scope": .string(CredentialScope.text(scopes)),
        ]
    }

    /// Reads what `stored` wrote; `nil` for anything else.
    init?(stored json: JSON) {
        guard let access = json["access_token"]?.text, let refresh = json["refresh_token"]?.text,
            let scopes = json["scope"]?.text
        else { return nil }
        self.init(accessToken: access, refreshToken: refresh, scopes: CredentialScope.scopes(scopes))
    }
}
