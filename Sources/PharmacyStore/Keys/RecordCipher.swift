internal import Crypto
internal import PharmacyDomain

/// Encrypts and authenticates records with a 256-bit key (AES-256-GCM).
struct RecordCipher: Sendable, Redacted {
    /// The id of the key, which is part of everything that is sealed.
    let number: Int64
    private let key: SymmetricKey

    /// - Parameter root: the key from which the cipher's own is derived.
    init(number: Int64, root: SymmetricKey) {
        self.number = number
        key = SealingKey.derive(root, "united-pharmacy/seal")
    }

    /// The first byte of a sealed record. The key number (8 bytes, big endian), the nonce (12), the ciphertext and the tag (16)
    /// follow.
    private static let format: UInt8 = 1
    private static let headLength = 9
    private static let nonceLength = 12
    private static let tagLength = 16

    /// - Parameter context: associated data, without which the record does not open.
    func seal(_ plain: [UInt8], as context: String) throws -> [UInt8] {
        var sealed: [UInt8] = []
        sealed.reserveCapacity(
            RecordCipher.headLength + RecordCipher.nonceLength + plain.count + RecordCipher.tagLength)
        sealed.append(RecordCipher.format)
        withUnsafeBytes(of: number.bigEndian) { sealed.append(contentsOf: $0) }
        do {
            let nonce = try AES.GCM.Nonce(data: SystemRandomness.bytes(RecordCipher.nonceLength))
            let box = try AES.GCM.seal(plain, using: key, nonce: nonce, authenticating: sealed + context.utf8)
            guard let combined = box.combined else { throw StoreError.sealBroken }
            sealed.append(contentsOf: combined)
            return sealed
        } catch {
            throw StoreError.sealBroken
        }
    }

    /// The number of the key that sealed a record.
    static func keyNumber(of sealed: [UInt8]) throws -> Int64 {
        guard sealed.count > headLength, sealed[0] == format else { throw StoreError.sealBroken }
        return sealed[1..<headLength].reduce(0) { $0 << 8 | Int64($1) }
    }

    /// - Throws: `StoreError.sealBroken` for another key's record, another context, or altered bytes.
    func open(_ sealed: [UInt8], as context: String) throws -> [UInt8] {
        guard try RecordCipher.keyNumber(of: sealed) == number else { throw StoreError.sealBroken }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed[RecordCipher.headLength...])
            let head = sealed[..<RecordCipher.headLength]
            return Array(try AES.GCM.open(box, using: key, authenticating: Array(head) + context.utf8))
        } catch {
            throw StoreError.sealBroken
        }
    }

    /// Whether both keys have the same bytes. It takes the same time wherever they differ.
    func hasSameKey(as other: RecordCipher) -> Bool { key == other.key }
}
