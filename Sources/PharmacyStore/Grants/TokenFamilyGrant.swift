internal import PharmacyDomain

/// Names the credential by its client id, so that a family that is attached to another credential is not proven.
/// `expires_at`, by which old families are found, grants nothing.
struct TokenFamilyGrant: Grant {
    static let kind = UnprovenGrant.Kind.tokenFamily
    let tenant: String
    let family: String
    let clientID: String
    let createdAt: Int64
    var revokedAt: Int64?

    var name: String { UnprovenGrant.identifier(family) }

    func encode(into fields: inout GrantFields) {
        fields.add(tenant)
        fields.add(family)
        fields.add(clientID)
        fields.add(createdAt)
        fields.add(revokedAt)
    }
}
