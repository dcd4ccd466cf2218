import Crypto
import Foundation
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

/// Verifies tokens as a partner's own program does: with the public keys alone.
@Suite("The public keys of access tokens", .timeLimit(.minutes(3)))
struct VerificationKeyTests {
    private let installation: TestInstallation
    private let credential: JSON

    init() async throws {
        installation = try await TestInstallation()
        credential = try await installation.accounts.createCredential(
            body: [:], authority: .setupToken(TestInstallation.setupToken), tenant: installation.tenant,
            idempotency: nil
        ).value
    }

    private func token() async throws -> String {
        try await installation.accounts.issueToken(
            clientID: credential["client_id"]?.text ?? "", clientSecret: credential["client_secret"]?.text ?? "",
            tenant: installation.tenant
        ).accessToken
    }

    /// The accounts of another node, or of this one after a restart.
    private func otherNode() async throws -> Accounts {
        Accounts(
            environment: installation.environment,
            tokens: try await AccessTokens(environment: installation.environment, issuer: TestInstallation.issuer))
    }

    /// The key that a token's header names, if it verifies the token's signature.
    private func key(of token: String, in keys: [VerificationKey]) throws -> VerificationKey? {
        let parts = token.split(separator: ".").map(String.init)
        let header = try JSON.parse(try #require(Base64URL.decode(parts[0])))
        guard let key = keys.first(where: { .string($0.id) == header["kid"] }) else { return nil }
        let signature = try #require(Base64URL.decode(parts[2]))
        let publicKey = try Curve25519.Signing.PublicKey(rawRepresentation: key.bytes)
        let isValid = publicKey.isValidSignature(Data(signature), for: Data("\(parts[0]).\(parts[1])".utf8))
        return isValid ? key : nil
    }

    @Test("They verify tokens without the server, and every node publishes the same")
    func verification() async throws {
        let keys = installation.accounts.verificationKeys
        let token = try await token()
        #expect(keys.count == 1)
        #expect(try key(of: token, in: keys) == keys.first)
        #expect(try await otherNode().verificationKeys == keys)
        let parts = token.split(separator: ".").map(String.init)
        let other = Base64URL.encode(Array(#"{"sub":"somebody else"}"#.utf8))
        #expect(try key(of: "\(parts[0]).\(other).\(parts[2])", in: keys) == nil)
        let claims = try JSON.parse(try #require(Base64URL.decode(parts[1])))
        #expect(claims["iss"] == .string(installation.accounts.issuer(of: installation.tenant)))
    }

    @Test("A successor is published before it signs, and a replaced key until its last token has expired")
    func rotation() async throws {
        let accounts = installation.accounts
        let old = try await token()
        let first = try #require(accounts.verificationKeys.first)
        installation.time.advance(by: .days(90))
        try await accounts.rotateSigningKeys()
        let published = accounts.verificationKeys
        #expect(published.count == 2 && published.first == first)
        #expect(try key(of: try await token(), in: published) == first)

        installation.time.advance(by: SigningKeyPolicy.overlap)
        try await accounts.rotateSigningKeys()
        #expect(accounts.verificationKeys == published)
        #expect(try key(of: try await token(), in: published) == published.last)
        #expect(try key(of: old, in: published) == first)

        installation.time.advance(by: .days(30) + .seconds(1))
        try await accounts.rotateSigningKeys()
        #expect(accounts.verificationKeys == [try #require(published.last)])
    }

    @Test("A set that was cached just before a key was created is out of date before the key signs")
    func caching() {
        #expect(SigningKeyPolicy.publicKeyLifetime + ServiceLimits.signingKeyInterval < SigningKeyPolicy.overlap)
    }

    @Test("A distrusted key is no longer published once a node has learned of it")
    func distrust() async throws {
        let accounts = installation.accounts
        let operations = OperatorService(
            environment: installation.environment, setupTokens: SetupTokens(fixed: nil), wipeEvery: .hours(24))
        let (old, distrusted) = (try await token(), accounts.verificationKeys)
        _ = try await operations.rotateInstallationKey(.signing, distrusting: true)
        // What a node does that is notified (`CacheInvalidation`).
        try await accounts.rotateSigningKeys()
        let keys = accounts.verificationKeys
        #expect(keys.count == 1 && keys != distrusted)
        #expect(try key(of: old, in: keys) == nil)
        #expect(try key(of: try await token(), in: keys) == keys.first)
    }
}
