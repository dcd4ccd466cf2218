internal import Crypto
internal import FoundationEssentials
internal import JWTKit
internal import PharmacyDomain

/// Signs and checks access tokens: JWTs (RFC 7519) with Ed25519 (RFC 8037), and no other algorithm.
package struct AccessTokens: Sendable {
    private let keys: JWTKeyCollection
    private let keyID: JWKIdentifier
    private let issuer: String

    struct Claims: JWTPayload {
        let iss: String
        /// The client id.
        let sub: String
        /// The tenant's name.
        let aud: String
        let tenant: String
        let iat: Int64
        let nbf: Int64
        let exp: Int64
        let jti: String
        /// The family of tokens that falls together.
        let fam: String

        /// Times are checked against the time that is passed in, by `verify(_:tenant:at:)`.
        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    /// - Parameter seed: 32 bytes, the private key.
    package init(seed: [UInt8], issuer: String) async throws {
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        let digest = SHA256.hash(data: key.publicKey.rawRepresentation)
        keyID = JWKIdentifier(string: Base64URL.encode(Array(digest.prefix(12))))
        keys = await JWTKeyCollection().add(eddsa: EdDSA.PrivateKey(backing: key), kid: keyID)
        self.issuer = issuer
    }

    func sign(
        client: ClientID, family: TokenFamilyID, tenant: Tenant, at now: Timestamp, id: TokenFamilyID
    ) async throws -> String {
        let claims = Claims(
            iss: issuer, sub: client.description, aud: tenant.name, tenant: tenant.name, iat: now.seconds,
            nbf: now.seconds, exp: (now + CredentialPolicy.accessTokenLifetime).seconds, jti: id.description,
            fam: family.description)
        return try await keys.sign(claims, kid: keyID)
    }

    /// What a token says, when it is ours, for this tenant, and in its time; `nil` otherwise.
    func verify(_ token: String, tenant: Tenant, at now: Timestamp) async -> Verified? {
        guard token.utf8.count <= 4096, let claims = try? await keys.verify(token, as: Claims.self),
            claims.iss == issuer, claims.tenant == tenant.name, claims.aud == tenant.name,
            claims.nbf <= now.seconds, now.seconds < claims.exp, let client = ClientID(claims.sub),
            let family = TokenFamilyID(claims.fam)
        else { return nil }
        return Verified(client: client, family: family, expiresAt: Timestamp(milliseconds: claims.exp * 1000))
    }

    struct Verified: Sendable {
        let client: ClientID
        let family: TokenFamilyID
        let expiresAt: Timestamp
    }
}
