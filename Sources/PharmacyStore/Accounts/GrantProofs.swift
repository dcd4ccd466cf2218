internal import Crypto
internal import PharmacyDomain

/// Proves that this installation wrote a row that grants something: a keyed code (HMAC-SHA256) over all of the row that
/// matters. Who can write the database but has no master key can neither make such a row nor change one.
///
/// A proof says that a row was written, not that it is the newest: an earlier state of a row, put back together with the
/// proof of that time, passes (`SECURITY.md`, Who can do what).
struct GrantProofs: Sendable, Redacted {
    /// The key, as the beginning of every code.
    private let beginning: HMAC<SHA256>
    /// Of the key, with which one is told from its successor.
    let keyID: Int64
    let keyCreatedAt: Int64

    /// - Parameter key: 32 bytes.
    init(key: [UInt8], id: Int64, createdAt: Int64) {
        beginning = HMAC<SHA256>(key: SymmetricKey(data: key))
        keyID = id
        keyCreatedAt = createdAt
    }

    func proof(of grant: some Grant) -> [UInt8] { Array(code(over: grant).finalize()) }

    /// Compares in a time that does not depend on where the proof differs. A row without a proof is not proven.
    func holds(_ proof: [UInt8]?, for grant: some Grant) -> Bool {
        guard let proof else { return false }
        return TokenHash.areEqual(proof, self.proof(of: grant))
    }

    private func code(over grant: some Grant) -> HMAC<SHA256> {
        var fields = GrantFields()
        fields.add("united-pharmacy/authorization/1")
        fields.add(type(of: grant).kind.rawValue)
        grant.encode(into: &fields)
        var code = beginning
        code.update(data: fields.bytes)
        return code
    }
}
