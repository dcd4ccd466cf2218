/// Client credentials, with which a partner's system obtains tokens. The secret is not part of the value: only its hash is stored.
package struct Credential: Hashable, Sendable {
    package enum Status: String, Sendable {
        case active
        case revoked
    }

    package let id: ClientID
    package var name: String
    package let scopes: Set<CredentialScope>
    package let createdAt: Timestamp
    package var lastUsedAt: Timestamp?
    package var revokedAt: Timestamp?

    package init(
        id: ClientID, name: String, scopes: Set<CredentialScope>, createdAt: Timestamp, lastUsedAt: Timestamp? = nil,
        revokedAt: Timestamp? = nil
    ) {
        self.id = id
        self.name = name
        self.scopes = scopes
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.revokedAt = revokedAt
    }

    package var status: Status { revokedAt == nil ? .active : .revoked }

    /// When the guide's 90 days for a rotation end.
    package var rotateAfter: Timestamp { createdAt + CredentialPolicy.rotationAge }
}
