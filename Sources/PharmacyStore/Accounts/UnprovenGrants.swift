package import PharmacyDomain
internal import Synchronization

/// A row that grants something and that this installation has not written as it is: somebody changed the database. It
/// counts as absent.
package struct UnprovenGrant: Hashable, Sendable {
    /// The kinds of rows that grant something. A name that was written to the audit log is never changed.
    package enum Kind: String, CaseIterable, Sendable {
        case tenant
        case setupToken = "setup-token"
        case credential
        case tokenFamily = "token-family"
        case refreshToken = "refresh-token"
    }

    package let kind: Kind
    /// `nil` where it cannot be read.
    package let tenant: TenantID?
    /// An id, or the first bytes of a digest; never a secret.
    package let name: String

    package init(kind: Kind, tenant: TenantID?, name: String) {
        self.kind = kind
        self.tenant = tenant
        self.name = name
    }

    init(_ grant: some Grant) {
        self.init(kind: type(of: grant).kind, tenant: TenantID(grant.tenant), name: grant.name)
    }

    /// An identifier as it is stored, or a word in its place: whoever wrote the row chose the text.
    static func identifier(_ text: String) -> String { TenantID(text)?.description ?? "unreadable" }

    /// The first 8 bytes, as the audit log names setup tokens.
    static func digest(_ hash: [UInt8]) -> String { Hexadecimal.text(Array(hash.prefix(8))) }
}

/// Unproven rows that were found and not reported yet.
///
/// What a transaction has found is true whether or not the transaction is committed, and most that find such a row are
/// not: it is noted at once.
package final class UnprovenGrants: Sendable {
    private let found = Mutex<[UnprovenGrant: Int]>([:])
    /// Yields when something was found.
    package let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    init() {
        (arrivals, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func note(_ grant: UnprovenGrant) {
        found.withLock { found in
            let hasRoom = found[grant] != nil || found.count < StoreLimits.unprovenGrants
            // Past the limit rows are counted by their kind alone.
            found[hasRoom ? grant : UnprovenGrant(kind: grant.kind, tenant: nil, name: "more"), default: 0] += 1
        }
        arrived.yield()
    }

    /// What was found since the last call, and how often.
    package func take() -> [UnprovenGrant: Int] {
        found.withLock { found in
            defer { found = [:] }
            return found
        }
    }
}

extension Store {
    /// Whether a row is as this installation wrote it. One that is not is noted, and the caller treats it as absent.
    func isProven(_ grant: some Grant, by proof: [UInt8]?, in db: any SQLConnection) throws -> Bool {
        if try proofs.holds(proof, for: grant, in: db) { return true }
        unproven.note(UnprovenGrant(grant))
        return false
    }

    /// `isProven(_:by:)` for the row that every transaction of a tenant begins with: one that has not changed since it was
    /// last checked is not checked again.
    func isProven(tenant grant: TenantGrant, by proof: [UInt8]?, in db: any SQLConnection) throws -> Bool {
        guard let proof else { return try isProven(grant, by: nil, in: db) }
        if proofs.provenTenants.contains(grant, proof) { return true }
        guard try isProven(grant, by: proof, in: db) else { return false }
        proofs.provenTenants.insert(grant, proof)
        return true
    }

    /// Whether a row that is not revoked may be so: not when the audit log has its revocation. Then somebody has put back
    /// an earlier state of the row, with the proof of that time. It is noted, and the caller treats the row as absent.
    func isNewest(_ grant: some Grant, isRevoked: Bool, inLog isLogged: Bool) -> Bool {
        if isRevoked || !isLogged { return true }
        unproven.note(UnprovenGrant(grant))
        return false
    }
}

/// Rows of tenants with the proofs that were found to hold for them. What holds for the same bytes does so until the key is
/// replaced, so that nothing else here can be out of date.
final class ProvenTenants: Sendable {
    private let rows = Mutex<[Int64: (grant: TenantGrant, proof: [UInt8])]>([:])

    func contains(_ grant: TenantGrant, _ proof: [UInt8]) -> Bool {
        rows.withLock { rows in
            guard let known = rows[grant.row] else { return false }
            return known.proof == proof && known.grant == grant
        }
    }

    func insert(_ grant: TenantGrant, _ proof: [UInt8]) {
        rows.withLock { rows in
            if rows.count >= StoreLimits.provenTenants { rows = [:] }
            rows[grant.row] = (grant, proof)
        }
    }

    func forgetAll() { rows.withLock { $0 = [:] } }
}
