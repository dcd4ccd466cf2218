package import PharmacyDomain

/// One tenant's data, for the extent of a transaction. Every statement made through it names the tenant.
package struct TenantScope {
    package let db: any SQLConnection
    let store: Store
    package let tenantID: TenantID
    /// The tenant's row.
    let tenant: Int64
    /// As the tenant's proof vouches for it.
    let kind: Tenant.Kind
    let key: SealingKey
    /// The key before it, while not everything is sealed anew.
    let previousKey: SealingKey?
    /// Whether rows of an earlier version may have identifiers in clear.
    let hasClearIdentifiers: Bool
    let changes: ChangeClock
    /// Who is at work, for the audit log.
    let origin: AuditOrigin
    /// When the transaction began, as `EmailIndexes` count time: it sees all that an index had taken in by then.
    let indexTime: UInt64

    /// What needs no tenant's key, in the same transaction.
    var system: SystemScope { SystemScope(db: db, store: store, origin: origin) }

    /// The scope with the tenant's present data key, after a wipe.
    package func renewed() throws -> TenantScope { try store.scope(of: tenantID, in: db, origin: origin) }

    var tenantValue: SQLValue { .integer(tenant) }

    /// Where a sealed record belongs: it opens nowhere else.
    func place(_ kind: StaticString, _ id: String) -> String { "\(tenantID)/\(kind)/\(id)" }

    func seal(_ bytes: [UInt8], _ kind: StaticString, _ id: String) throws -> [UInt8] {
        try key.seal(bytes, as: place(kind, id))
    }

    func open(_ sealed: [UInt8], _ kind: StaticString, _ id: String) throws -> [UInt8] {
        let number = try SealingKey.keyNumber(of: sealed)
        let key = number == key.number ? key : try store.keyring.key(number, in: db)
        return try key.open(sealed, as: place(kind, id))
    }

    /// The digest that is kept of a value now.
    func digest(_ text: String, _ kind: StaticString) -> [UInt8] {
        key.digest(Array(text.utf8), as: "\(kind)")
    }

    /// The digests under which one of several forms of a value may be kept, with the present data key or the one before: each
    /// once, that of the first form with the present key in front.
    func digests(of forms: [String], _ kind: StaticString) -> [[UInt8]] {
        var digests: [[UInt8]] = []
        for digest in forms.flatMap({ [digest($0, kind), previousDigest($0, kind)] }) where !digests.contains(digest) {
            digests.append(digest)
        }
        return digests
    }

    /// The digest that may have been kept of a value before the data key was replaced; today's, where it was not.
    func previousDigest(_ text: String, _ kind: StaticString) -> [UInt8] {
        (previousKey ?? key).digest(Array(text.utf8), as: "\(kind)")
    }
}
