extension StoreMemory {
    /// Whether a row is as this installation wrote it. A row that is not is recorded in `unproven`, and the caller treats it
    /// as absent.
    func isProven(_ grant: some Grant, by proof: [UInt8]?, in db: any SQLConnection) throws -> Bool {
        if try proofs.holds(proof, for: grant, in: db) { return true }
        unproven.note(UnprovenGrant(grant))
        return false
    }

    /// `isProven(_:by:)` for the row that every transaction of a tenant begins with: a row that has not changed since its last
    /// check is not checked again.
    func isProven(tenant grant: TenantGrant, by proof: [UInt8]?, in db: any SQLConnection) throws -> Bool {
        guard let proof else { return try isProven(grant, by: nil, in: db) }
        if proofs.provenTenants.contains(grant, proof) { return true }
        guard try isProven(grant, by: proof, in: db) else { return false }
        proofs.provenTenants.insert(grant, proof)
        return true
    }

    /// Whether a row that is not revoked may be so. It may not when the audit log contains its revocation: then somebody has
    /// restored an earlier state of the row together with the proof of that time. Such a row is recorded in `unproven`, and
    /// the caller treats it as absent.
    func isNewest(_ grant: some Grant, isRevoked: Bool, inLog isLogged: Bool) -> Bool {
        if isRevoked || !isLogged { return true }
        unproven.note(UnprovenGrant(grant))
        return false
    }
}
