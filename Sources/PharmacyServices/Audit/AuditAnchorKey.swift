internal import Crypto
internal import FoundationEssentials
package import PharmacyDomain
internal import PharmacyStore

/// The key that signs the installation's audit anchors: Ed25519 (RFC 8032). With its public half anybody can verify anchors, but
/// not create them.
package struct AuditAnchorKey: Sendable, Redacted {
    private let seed: [UInt8]
    /// The public half, 32 bytes.
    package let publicKey: [UInt8]
    /// Distinguishes the installation's anchors from others: the first 16 hexadecimal digits of the public half's SHA-256.
    package let id: String
    /// The public halves of this key and of its predecessors, by their ids.
    private let publicKeys: [String: [UInt8]]

    /// - Parameter seeds: the private halves, 32 random bytes each, oldest first. The last one signs.
    package init(seeds: [[UInt8]]) throws {
        guard let seed = seeds.last else { throw StoreError.broken("there is no key to sign anchors with") }
        let keys = try seeds.map { seed in
            let key = Array(try Curve25519.Signing.PrivateKey(rawRepresentation: seed).publicKey.rawRepresentation)
            return (id: Hexadecimal.text(SHA256.hash(data: key).prefix(8)), key: key)
        }
        self.seed = seed
        id = keys[keys.count - 1].id
        publicKey = keys[keys.count - 1].key
        publicKeys = Dictionary(keys.map { ($0.id, $0.key) }) { $1 }
    }

    /// - Parameter seed: the private half, 32 random bytes.
    package init(seed: [UInt8]) throws { try self.init(seeds: [seed]) }

    package func anchor(
        _ kind: AuditAnchor.Statement, _ mark: AuditMark, loss: AuditAnchor.Loss?, at now: Timestamp
    ) throws -> AuditAnchor {
        let text = AuditAnchor.signedText(kind: kind, key: id, at: now, mark: mark, loss: loss)
        let signature = try Curve25519.Signing.PrivateKey(rawRepresentation: seed).signature(for: text)
        return AuditAnchor(kind: kind, key: id, at: now, mark: mark, loss: loss, signature: Array(signature))
    }

    /// Whether an anchor names a key of this installation.
    func knows(_ anchor: AuditAnchor) -> Bool { publicKeys[anchor.key] != nil }

    /// Whether this key, or one of its predecessors, signed the anchor.
    package func hasSigned(_ anchor: AuditAnchor) -> Bool {
        guard let bytes = publicKeys[anchor.key],
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        else { return false }
        return key.isValidSignature(anchor.signature, for: anchor.signedText)
    }

    /// The public half for other programs: a SubjectPublicKeyInfo (RFC 8410 §4) in PEM.
    package var pem: String {
        let prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        return "-----BEGIN PUBLIC KEY-----\n\(Data(prefix + publicKey).base64EncodedString())\n-----END PUBLIC KEY-----"
    }
}
