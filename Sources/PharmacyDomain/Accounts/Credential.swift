/// A pair of client id and client secret, with which a partner's system obtains tokens. The secret is not part of it:
/// only its hash is kept, elsewhere.
package struct Credential: TypedIdentifier, Hashable, Sendable {
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

    /// When the guide's 90 days for a rotation are over.
    package var rotateAfter: Timestamp { createdAt + CredentialPolicy.rotationAge }

    /// The credential as the list shows it, without secrets.
    package var document: JSON {
        [
            "client_id": .string(id.description),
            "name": .string(name),
            "scopes": CredentialScope.json(scopes),
            "status": .string(status.rawValue),
            "created_at": JSON(createdAt),
            "last_used_at": JSON(lastUsedAt),
            "revoked_at": JSON(revokedAt),
            "rotate_after": JSON(rotateAfter),
        ]
    }
}
