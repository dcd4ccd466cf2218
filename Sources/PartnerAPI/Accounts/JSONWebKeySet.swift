package import PharmacyDomain
package import PharmacyServices

/// The public keys that verify access tokens (RFC 7517 §5).
package struct JSONWebKeySet: Sendable {
    /// The path of the set, which all tenants share.
    package static let path = "/.well-known/jwks.json"

    let keys: [VerificationKey]

    package init(keys: [VerificationKey]) { self.keys = keys }

    package var json: JSON { ["keys": .array(keys.map(JSONWebKeySet.jwk))] }

    /// An Ed25519 key (RFC 8037 §2). Private keys have the member `d` in addition, which is never written.
    private static func jwk(_ key: VerificationKey) -> JSON {
        [
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": .string(key.id),
            "x": .string(Base64URL.encode(key.bytes)),
        ]
    }
}
