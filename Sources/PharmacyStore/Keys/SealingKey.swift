internal import Crypto
internal import PharmacyDomain

/// A 256-bit key that seals records, and other keys (AES-256-GCM). Two are equal when their bytes are; the comparison takes
/// the same time wherever they differ.
package struct SealingKey: Equatable, Sendable, Redacted {
    /// Names the key in what it has sealed; 0 for the master key.
    package let number: Int64
    private let key: SymmetricKey
    /// The key of digests, as the beginning of each.
    private let digestBeginning: HMAC<SHA256>
    /// Shared by all copies of the value.
    let seals = SealCounter()

    package static let length = 32

    /// - Parameter bytes: exactly 32; `nil` otherwise.
    package init?(number: Int64, bytes: [UInt8]) {
        guard bytes.count == SealingKey.length else { return nil }
        self.number = number
        let root = SymmetricKey(data: bytes)
        key = SealingKey.derive(root, "united-pharmacy/seal")
        digestBeginning = HMAC<SHA256>(key: SealingKey.derive(root, "united-pharmacy/index"))
    }

    package static func == (left: SealingKey, right: SealingKey) -> Bool {
        left.number == right.number && left.key == right.key
    }

    private static func derive(_ root: SymmetricKey, _ purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: root, info: Array(purpose.utf8), outputByteCount: length)
    }

    /// Format byte, key number (8 bytes, big endian), nonce (12), ciphertext, tag (16).
    private static let format: UInt8 = 1
    private static let headLength = 9

    /// Seals `plain` so that it opens only in its own place.
    /// - Parameter place: what the record is and whose; moved elsewhere it does not open.
    package func seal(_ plain: [UInt8], as place: String) throws -> [UInt8] {
        seals.increment()
        let head = [SealingKey.format] + (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        do {
            let box = try AES.GCM.seal(plain, using: key, authenticating: head + Array(place.utf8))
            guard let combined = box.combined else { throw StoreError.sealBroken }
            return head + combined
        } catch {
            throw StoreError.sealBroken
        }
    }

    /// The number of the key that sealed something.
    package static func keyNumber(of sealed: [UInt8]) throws -> Int64 {
        guard sealed.count > headLength, sealed[0] == format else { throw StoreError.sealBroken }
        return sealed[1..<headLength].reduce(0) { $0 << 8 | Int64($1) }
    }

    package func open(_ sealed: [UInt8], as place: String) throws -> [UInt8] {
        guard try SealingKey.keyNumber(of: sealed) == number else { throw StoreError.sealBroken }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed[SealingKey.headLength...])
            let head = Array(sealed[..<SealingKey.headLength])
            return Array(try AES.GCM.open(box, using: key, authenticating: head + Array(place.utf8)))
        } catch {
            throw StoreError.sealBroken
        }
    }

    /// A keyed digest (HMAC-SHA256) by which equal values can be found without being readable.
    package func digest(_ value: [UInt8], as place: String) -> [UInt8] {
        var code = digestBeginning
        code.update(data: Array(place.utf8))
        code.update(data: [0])
        code.update(data: value)
        return Array(code.finalize())
    }

    /// The key for one purpose that only a holder of `secret` can make again.
    package func subkey(secret: [UInt8]) -> SealingKey? {
        SealingKey(number: number, bytes: digest(secret, as: "subkey"))
    }
}
