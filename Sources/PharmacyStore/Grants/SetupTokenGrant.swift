internal import PharmacyDomain

struct SetupTokenGrant: Grant {
    static let kind = UnprovenGrant.Kind.setupToken
    let tenant: String
    let hash: [UInt8]
    let createdAt: Int64
    let expiresAt: Int64?
    var usedAt: Int64?
    var revokedAt: Int64?

    var name: String { UnprovenGrant.digest(hash) }

    func encode(into fields: inout GrantFields) {
        fields.add(tenant)
        fields.add(hash)
        fields.add(createdAt)
        fields.add(expiresAt)
        fields.add(usedAt)
        fields.add(revokedAt)
    }
}
