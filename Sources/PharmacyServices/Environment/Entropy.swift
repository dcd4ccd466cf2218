internal import FoundationEssentials
package import PharmacyDomain

/// The source of randomness. It is passed in, so that a test can determine it.
package struct Entropy: Sendable {
    /// Returns a number of random bytes.
    package let bytes: @Sendable (Int) -> [UInt8]

    package init(bytes: @escaping @Sendable (Int) -> [UInt8]) {
        self.bytes = bytes
    }

    /// The operating system's generator.
    package static let system = Entropy { SystemRandomness.bytes($0) }

    /// A random UUID (RFC 9562, version 4).
    package func identifier<Thing>() -> Identifier<Thing> {
        var bytes = bytes(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let uuid = (
            bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7], bytes[8], bytes[9],
            bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]
        )
        return Identifier(UUID(uuid: uuid))
    }

    /// A random UUID that begins with the time (RFC 9562, version 7), for records of which many are stored.
    package func identifier<Thing>(at now: Timestamp) -> Identifier<Thing> {
        Identifier(TimeOrderedUUID.make(at: now, random: bytes(TimeOrderedUUID.randomLength)))
    }

    /// A secret of 256 random bits after the prefix of its kind.
    package func secret(_ prefix: SecretPrefix) -> String {
        let text = Data(bytes(32)).base64EncodedString()
        return prefix.rawValue + (prefix == .webhookSecret ? text : Base64URL.fromBase64(text))
    }
}
