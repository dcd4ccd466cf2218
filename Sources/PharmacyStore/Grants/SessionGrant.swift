internal import PharmacyDomain

/// A session of the dashboard. It names the credential by its client id, so that a session that is attached to another credential
/// is not proven. `last_used_at` is not covered: an earlier value only shortens the session, and a later one cannot extend it
/// beyond its lifetime, which counts from `created_at`.
struct SessionGrant: Grant {
    static let kind = UnprovenGrant.Kind.session
    let tenant: String
    let session: String
    let hash: [UInt8]
    let clientID: String
    let createdAt: Int64

    var name: String { UnprovenGrant.identifier(session) }

    func encode(into fields: inout GrantFields) {
        fields.add(tenant)
        fields.add(session)
        fields.add(hash)
        fields.add(clientID)
        fields.add(createdAt)
    }
}
