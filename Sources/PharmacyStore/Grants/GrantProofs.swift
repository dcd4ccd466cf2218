internal import Crypto
internal import PharmacyDomain

/// Proves that this installation wrote a row that grants access: a keyed code (HMAC-SHA256) over all columns that matter. Somebody
/// who can write the database but has no master key can neither create such a row nor change one.
///
/// A proof does not show that a row is the newest: an earlier state of a row is valid together with its former proof
/// (`SECURITY.md`, Who can do what).
struct GrantProofs: Sendable, Redacted {
    /// The keyed state from which each code starts.
    private let start: HMAC<SHA256>
    /// The key's id, which distinguishes it from its successor.
    let keyID: Int64
    let keyCreatedAt: Int64

    /// - Parameter key: 32 bytes.
    init(key: [UInt8], id: Int64, createdAt: Int64) {
        start = HMAC<SHA256>(key: SymmetricKey(data: key))
        keyID = id
        keyCreatedAt = createdAt
    }

    func proof(of grant: some Grant) -> [UInt8] { Array(code(over: grant).finalize()) }

    /// Whether a row's proof is valid. It compares in constant time.
    func holds(_ proof: [UInt8]?, for grant: some Grant) -> Bool {
        guard let proof else { return false }
        return TokenHash.areEqual(proof, self.proof(of: grant))
    }

    private func code(over grant: some Grant) -> HMAC<SHA256> {
        var fields = GrantFields()
        fields.add("united-pharmacy/authorization/1")
        fields.add(type(of: grant).kind.rawValue)
        grant.encode(into: &fields)
        var code = start
        code.update(data: fields.bytes)
        return code
    }
}
