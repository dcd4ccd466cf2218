internal import Crypto
internal import PharmacyDomain

/// A 256-bit key that seals records and other keys (AES-256-GCM). Keys are equal if their bytes are; the comparison takes the same
/// time wherever they differ.
package struct SealingKey: Equatable, Sendable, Redacted {
    /// The key's id, which is part of everything that it seals; 0 for the master key.
    package let number: Int64
    private let key: SymmetricKey
    /// The keyed state from which each digest starts.
    private let digestStart: HMAC<SHA256>
    /// Shared by all copies of this value.
    let seals = SealCounter()

    package static let length = 32

    /// - Parameter bytes: exactly 32; otherwise the result is `nil`.
    package init?(number: Int64, bytes: [UInt8]) {
        guard bytes.count == SealingKey.length else { return nil }
        self.number = number
        let root = SymmetricKey(data: bytes)
        key = SealingKey.derive(root, "united-pharmacy/seal")
        digestStart = HMAC<SHA256>(key: SealingKey.derive(root, "united-pharmacy/index"))
    }

    package static func == (left: SealingKey, right: SealingKey) -> Bool {
        left.number == right.number && left.key == right.key
    }

    private static func derive(_ root: SymmetricKey, _ purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: root, info: Array(purpose.utf8), outputByteCount: length)
    }

    /// The first byte of a sealed record. The key number (8 bytes, big endian), the nonce (12), the ciphertext and the tag (16)
    /// follow.
    private static let format: UInt8 = 1
    private static let headLength = 9

    /// Encrypts and authenticates a record.
    /// - Parameter context: the record's tenant, kind and id, as associated data: a sealed record that is moved elsewhere does
    ///   not open.
    package func seal(_ plain: [UInt8], as context: String) throws -> [UInt8] {
        seals.increment()
        let head = [SealingKey.format] + (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        do {
            let box = try AES.GCM.seal(plain, using: key, authenticating: head + Array(context.utf8))
            guard let combined = box.combined else { throw StoreError.sealBroken }
            return head + combined
        } catch {
            throw StoreError.sealBroken
        }
    }

    /// The number of the key that sealed a record.
    package static func keyNumber(of sealed: [UInt8]) throws -> Int64 {
        guard sealed.count > headLength, sealed[0] == format else { throw StoreError.sealBroken }
        return sealed[1..<headLength].reduce(0) { $0 << 8 | Int64($1) }
    }

    /// - Throws: `StoreError.sealBroken` for another key's record, another context, or altered bytes.
    package func open(_ sealed: [UInt8], as context: String) throws -> [UInt8] {
        guard try SealingKey.keyNumber(of: sealed) == number else { throw StoreError.sealBroken }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed[SealingKey.headLength...])
            let head = Array(sealed[..<SealingKey.headLength])
            return Array(try AES.GCM.open(box, using: key, authenticating: head + Array(context.utf8)))
        } catch {
            throw StoreError.sealBroken
        }
    }

    /// A keyed digest (HMAC-SHA256), by which equal values are found without being readable.
    /// - Parameter context: the kind of value: equal values of different kinds have different digests.
    package func digest(_ value: [UInt8], as context: String) -> [UInt8] {
        var code = digestStart
        code.update(data: Array(context.utf8))
        code.update(data: [0])
        code.update(data: value)
        return Array(code.finalize())
    }

    /// A key that can be derived only from this key together with `secret`.
    package func subkey(secret: [UInt8]) -> SealingKey? {
        SealingKey(number: number, bytes: digest(secret, as: "subkey"))
    }
}
