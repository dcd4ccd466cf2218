internal import PharmacyDomain

struct RefreshTokenGrant: Grant {
    static let kind = UnprovenGrant.Kind.refreshToken
    let tenant: String
    let hash: [UInt8]
    let family: String
    let expiresAt: Int64
    var usedAt: Int64?

    var name: String { UnprovenGrant.digest(hash) }

    func encode(into fields: inout GrantFields) {
        fields.add(tenant)
        fields.add(hash)
        fields.add(family)
        fields.add(expiresAt)
        fields.add(usedAt)
    }
}
