internal import Crypto

/// The public half of a key that signs access tokens. Whoever has it can verify tokens, and sign none.
package struct VerificationKey: Hashable, Sendable {
    /// The `kid` of the tokens that the key verifies. It is derived from the key, so that it is the same on every node.
    package let id: String
    /// The Ed25519 public key, 32 bytes.
    package let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
        id = Base64URL.encode(Array(SHA256.hash(data: bytes).prefix(12)))
    }
}
