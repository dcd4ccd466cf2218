/// The state of a refresh token. The token itself is not stored.
package struct RefreshToken: Hashable, Sendable {
    package let clientID: ClientID
    /// All tokens of one login: the first refresh token, its successors, and their access tokens.
    package let family: TokenFamilyID
    /// The scopes of the credential.
    package let scopes: Set<CredentialScope>
    package let expiresAt: Timestamp
    package let usedAt: Timestamp?
    package let isRevoked: Bool

    package init(
        clientID: ClientID, family: TokenFamilyID, scopes: Set<CredentialScope>, expiresAt: Timestamp,
        usedAt: Timestamp?, isRevoked: Bool
    ) {
        self.clientID = clientID
        self.family = family
        self.scopes = scopes
        self.expiresAt = expiresAt
        self.usedAt = usedAt
        self.isRevoked = isRevoked
    }

    package enum Decision: Hashable, Sendable {
        /// Use the token up and issue its successor.
        case rotate
        /// The token was used before, and somebody else may have it: revoke the whole family (RFC 9700 §4.14.2).
        case revokeFamily
        case refuse
    }

    package func decision(at now: Timestamp) -> Decision {
        if isRevoked { return .refuse }
        if usedAt != nil { return .revokeFamily }
        return now < expiresAt ? .rotate : .refuse
    }
}
