internal import Crypto
internal import FoundationEssentials
package import PharmacyDomain

/// The key that signs the installation's audit anchors: Ed25519 (RFC 8032). Who has its public half can check anchors, and
/// make none.
package struct AuditAnchorKey: Sendable, Redacted {
    private let seed: [UInt8]
    /// The public half, 32 bytes.
    package let publicKey: [UInt8]
    /// Tells the installation's anchors from those of others: the first 16 hexadecimal digits of the public half's SHA-256.
    package let id: String

    /// - Parameter seed: 32 random bytes, the private half.
    package init(seed: [UInt8]) throws {
        self.seed = seed
        publicKey = Array(try Curve25519.Signing.PrivateKey(rawRepresentation: seed).publicKey.rawRepresentation)
        id = Hexadecimal.text(SHA256.hash(data: publicKey).prefix(8))
    }

    package func anchor(
        _ kind: AuditAnchor.Kind, _ mark: AuditMark, loss: AuditAnchor.Loss?, at now: Timestamp
    ) throws -> AuditAnchor {
        let text = AuditAnchor.signedText(kind: kind, key: id, at: now, mark: mark, loss: loss)
        let signature = try Curve25519.Signing.PrivateKey(rawRepresentation: seed).signature(for: text)
        return AuditAnchor(kind: kind, key: id, at: now, mark: mark, loss: loss, signature: Array(signature))
    }

    /// Whether this key has signed the anchor.
    package func hasSigned(_ anchor: AuditAnchor) -> Bool {
        guard anchor.key == id, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else {
            return false
        }
        return key.isValidSignature(anchor.signature, for: anchor.signedText)
    }

    /// The public half as other programs take it: a SubjectPublicKeyInfo (RFC 8410 §4) in PEM.
    package var pem: String {
        let prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        return "-----BEGIN PUBLIC KEY-----\n\(Data(prefix + publicKey).base64EncodedString())\n-----END PUBLIC KEY-----"
    }
}
