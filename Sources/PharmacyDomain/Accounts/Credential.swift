/// A pair of client id and client secret, with which a partner's system obtains tokens. The secret is not part of it:
/// only its hash is kept, elsewhere.
package struct Credential: Identified, Hashable, Sendable {
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

/// The guide's numbers for credentials and tokens (section 1, Authentication).
package enum CredentialPolicy {
    package static let activeLimit = 20
    package static let nameLimit = 100
    package static let defaultName = "API credential"
    package static let rotationAge = Duration.days(90)
    package static let accessTokenLifetime = Duration.days(30)
    package static let refreshTokenLifetime = Duration.days(60)

    /// The display name in a request's body.
    package static func name(in fields: inout FieldReader, required: Bool) -> String? {
        fields.text("name", maximum: nameLimit, required: required)
    }
}
