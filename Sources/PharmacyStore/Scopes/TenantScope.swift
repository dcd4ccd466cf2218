package import PharmacyDomain

/// One tenant's data, for the extent of a transaction. Each statement of the scope names the tenant.
package struct TenantScope {
    package let db: any SQLConnection
    let memory: StoreMemory
    package let tenantID: TenantID
    /// The tenant's row.
    let tenant: Int64
    /// Covered by the proof of the tenant's row.
    let kind: Tenant.Kind
    let key: SealingKey
    /// The previous data key, while records are being re-encrypted.
    let previousKey: SealingKey?
    /// Whether rows of an earlier version may have identifiers in cleartext.
    let hasClearIdentifiers: Bool
    let changes: ChangeClock
    /// The actor and the request, for the audit log.
    let origin: AuditOrigin
    /// The beginning of the transaction in the time of `PatientIndexes`: its snapshot contains all changes that an index had applied
    /// by then.
    let indexTime: UInt64

    /// The system's scope in the same transaction.
    var system: SystemScope { SystemScope(db: db, memory: memory, origin: origin) }

    /// The scope with the tenant's new data key, after a wipe.
    package func renewed() throws -> TenantScope { try memory.scope(of: tenantID, in: db, origin: origin) }

    var tenantValue: SQLValue { .integer(tenant) }

    /// Tells dashboards of the tenant that records have changed. The audit entry of a read, and the time of a session's last use, are
    /// no change: a page would refresh itself for ever.
    func noteChange() { db.note(.records, of: tenantID) }

    /// The associated data of a sealed record. With other associated data the record does not open.
    func sealContext(_ kind: StaticString, _ id: String) -> String { "\(tenantID)/\(kind)/\(id)" }

    func seal(_ bytes: [UInt8], _ kind: StaticString, _ id: String) throws -> [UInt8] {
        try key.seal(bytes, as: sealContext(kind, id))
    }

    func open(_ sealed: [UInt8], _ kind: StaticString, _ id: String) throws -> [UInt8] {
        let number = try SealingKey.keyNumber(of: sealed)
        let key = number == key.number ? key : try memory.keyring.key(number, in: db)
        return try key.open(sealed, as: sealContext(kind, id))
    }

    /// The digest of a value with the current data key.
    func digest(_ text: String, _ kind: StaticString) -> [UInt8] {
        key.digest(Array(text.utf8), as: "\(kind)")
    }

    /// The digests under which one of several forms of a value may be stored, with the current or the previous data key. Each is
    /// listed once; the first is that of the first form with the current key.
    func digests(of forms: [String], _ kind: StaticString) -> [[UInt8]] {
        var digests: [[UInt8]] = []
        for digest in forms.flatMap({ [digest($0, kind), previousDigest($0, kind)] }) where !digests.contains(digest) {
            digests.append(digest)
        }
        return digests
    }

    /// The digest of a value with the previous data key; with the current one where there is no previous key.
    func previousDigest(_ text: String, _ kind: StaticString) -> [UInt8] {
        (previousKey ?? key).digest(Array(text.utf8), as: "\(kind)")
    }
}
