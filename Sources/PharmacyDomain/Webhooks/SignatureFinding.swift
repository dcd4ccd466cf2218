/// Why the `X-Webhook-Signature` that a receiver has computed or received matches a body, or does not.
package enum SignatureFinding: Hashable, CaseIterable, Sendable {
    case valid
    /// Made with the secret that is to replace the present one, which signs only `webhook-signature` until then.
    case nextSecret
    /// The value of `webhook-signature`, which signs other bytes.
    case standardHeader
    /// Not 64 hexadecimal digits.
    case malformed
    /// The key was the base64-decoded part of the secret.
    case decodedKey
    /// The key was the secret without `whsec_`.
    case keyWithoutPrefix
    /// It is the signature of the body with other line ends, or another end.
    case lineEnds
    /// It is the signature of the same JSON, written in another way.
    case reserialized
    /// None of these, with any secret that is in use.
    case other
}
