internal import Crypto
internal import PharmacyDomain

/// A 256-bit key that seals records and other keys (AES-256-GCM). Keys are equal if their bytes are; the comparison takes the same
/// time wherever they differ.
package struct SealingKey: Equatable, Sendable, Redacted {
    private let cipher: RecordCipher
    /// The keyed state from which each digest starts.
    private let digestStart: HMAC<SHA256>
    /// Shared by all copies of this value.
    let seals = SealCounter()

    package static let length = 32

    /// - Parameter bytes: exactly 32; otherwise the result is `nil`.
    package init?(number: Int64, bytes: [UInt8]) {
        guard bytes.count == SealingKey.length else { return nil }
        let root = SymmetricKey(data: bytes)
        cipher = RecordCipher(number: number, root: root)
        digestStart = HMAC<SHA256>(key: SealingKey.derive(root, "united-pharmacy/index"))
    }

    /// The key's id, which is part of everything that it seals; 0 for the master key.
    package var number: Int64 { cipher.number }

    package static func == (left: SealingKey, right: SealingKey) -> Bool {
        left.number == right.number && left.cipher.hasSameKey(as: right.cipher)
    }

    static func derive(_ root: SymmetricKey, _ purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: root, info: Array(purpose.utf8), outputByteCount: length)
    }

    /// Encrypts and authenticates a record.
    /// - Parameter context: the record's tenant, kind and id, as associated data: a sealed record that is moved elsewhere does
    ///   not open.
    package func seal(_ plain: [UInt8], as context: String) throws -> [UInt8] {
        seals.increment()
        return try cipher.seal(plain, as: context)
    }

    /// The number of the key that sealed a record.
    package static func keyNumber(of sealed: [UInt8]) throws -> Int64 { try RecordCipher.keyNumber(of: sealed) }

    /// - Throws: `StoreError.sealBroken` for another key's record, another context, or altered bytes.
    package func open(_ sealed: [UInt8], as context: String) throws -> [UInt8] { try cipher.open(sealed, as: context) }

    /// A keyed digest (HMAC-SHA256), by which equal values are found without being readable.
    /// - Parameter context: the kind of value: equal values of different kinds have different digests.
    package func digest(_ value: [UInt8], as context: String) -> [UInt8] {
        var code = digestStart
        code.update(data: Array(context.utf8) + [0] + value)
        return Array(code.finalize())
    }

    /// Seals with a key that can be derived only from this key together with `secret`.
    func subkey(secret: [UInt8]) -> RecordCipher {
        RecordCipher(number: number, root: SymmetricKey(data: digest(secret, as: "subkey")))
    }
}
