internal import Crypto
internal import FoundationEssentials
internal import JWTKit
internal import PharmacyDomain
internal import PharmacyStore
internal import Synchronization

/// Signs and verifies access tokens: JWTs (RFC 7519) with Ed25519 (RFC 8037), and no other algorithm. A token's `kid` selects
/// one of this installation's own keys.
package final class AccessTokens: Sendable {
    private struct Keys: Sendable {
        let collection: JWTKeyCollection
        let signing: JWKIdentifier
        /// The public halves of all keys in `collection`, oldest first.
        let published: [VerificationKey]
        /// The ids of all keys, including damaged ones, oldest first.
        let ids: [Int64]
        let signingID: Int64
    }

    private let environment: ServiceEnvironment
    private let issuer: TokenIssuer
    private let keys: Mutex<Keys>

    /// How far the clock of the node that signed a token may be ahead (RFC 7519 §4.1.5).
    static let leeway = Duration.seconds(60)

    struct Claims: JWTPayload {
        /// The tenant's base URL, see `TokenIssuer`.
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
        /// The token family, which is revoked as a whole.
        let fam: String

        /// Checks no times: `AccessTokens.verify(_:tenant:at:)` checks them against the time that it is given.
        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    /// Creates the first key if there is none.
    package init(environment: ServiceEnvironment, issuer: TokenIssuer) async throws {
        self.environment = environment
        self.issuer = issuer
        keys = Mutex(try await AccessTokens.keys(in: environment))
    }

    /// Rotates the signing key when it is due, removes keys whose tokens have all expired, and loads the keys that another
    /// server has changed.
    func rotateKeys() async throws {
        let fresh = try await AccessTokens.keys(in: environment)
        keys.withLock { if $0.ids != fresh.ids || $0.signingID != fresh.signingID { $0 = fresh } }
    }

    /// Loads the stored keys if they differ from those in memory: once a key is distrusted, the tokens that it signed must be
    /// refused, and it must sign no more.
    /// - Returns: whether they were loaded.
    func reload(unlessStoredAre ids: [Int64]) async throws -> Bool {
        guard keys.withLock(\.ids) != ids else { return false }
        try await rotateKeys()
        return true
    }

    private func reloadIfStale() async throws {
        _ = try await reload(unlessStoredAre: try await environment.store.systemRead { try $0.signingKeyIDs() })
    }

    private static func keys(in environment: ServiceEnvironment) async throws -> Keys {
        let now = environment.now
        var (found, ids) = try await environment.store.systemRead {
            (try $0.signingKeys(), try $0.signingKeyIDs())
        }
        let decision = SigningKeyPolicy.decision(keys: found.map(\.createdAt), at: now)
        if decision.map({ $0.needsSuccessor || $0.firstNeeded > 0 }) ?? true {
            let seed = environment.entropy.bytes(SealingKey.length)
            (found, ids) = try await environment.store.systemWrite { scope in
                (try AccessTokens.rotateIfDue(in: scope, seed: seed, at: now), try scope.signingKeyIDs())
            }
        }
        environment.quarantine.note(damagedSigningKeys: ids.count - found.count)
        guard let signing = SigningKeyPolicy.decision(keys: found.map(\.createdAt), at: now)?.signing else {
            throw StoreError.broken("there is no key to sign access tokens with")
        }
        let collection = JWTKeyCollection()
        var published: [VerificationKey] = []
        for key in found {
            let key = try Curve25519.Signing.PrivateKey(rawRepresentation: key.seed)
            let verification = VerificationKey(bytes: Array(key.publicKey.rawRepresentation))
            await collection.add(eddsa: EdDSA.PrivateKey(backing: key), kid: JWKIdentifier(string: verification.id))
            published.append(verification)
        }
        return Keys(
            collection: collection, signing: JWKIdentifier(string: published[signing].id), published: published,
            ids: ids, signingID: found[signing].number)
    }

    /// Adds and removes the keys that are due. It decides in the transaction, because another server may be doing the same.
    private static func rotateIfDue(
        in scope: SystemScope, seed: [UInt8], at now: Timestamp
    ) throws -> [SigningKey] {
        let present = try scope.signingKeys()
        let decision = SigningKeyPolicy.decision(keys: present.map(\.createdAt), at: now)
        for key in present.prefix(decision?.firstNeeded ?? 0) { try scope.removeSigningKey(key.number) }
        if decision?.needsSuccessor ?? true {
            try scope.addSigningKey(seed: seed, at: now)
            scope.audit(.keyRotated, ["access-tokens"], at: now)
        }
        return try scope.signingKeys()
    }

    /// The keys that verify valid tokens, and the one that signs next, oldest first.
    var verificationKeys: [VerificationKey] { keys.withLock(\.published) }

    /// The issuer of a tenant's tokens.
    func issuer(of tenant: Tenant) -> String { issuer.name(for: tenant) }

    func sign(
        client: ClientID, family: TokenFamilyID, tenant: Tenant, at now: Timestamp, id: TokenFamilyID
    ) async throws -> String {
        try await ServiceEnvironment.translating { try await reloadIfStale() }
        let claims = Claims(
            iss: issuer.name(for: tenant), sub: client.description, aud: tenant.name, tenant: tenant.name,
            iat: now.seconds, nbf: now.seconds, exp: (now + CredentialPolicy.accessTokenLifetime).seconds,
            jti: id.description, fam: family.description)
        let keys = keys.withLock(\.self)
        return try await keys.collection.sign(claims, kid: keys.signing)
    }

    /// - Returns: the token's content; `nil` unless this installation signed it for this tenant and it is valid at `now`.
    func verify(_ token: String, tenant: Tenant, at now: Timestamp) async -> Verified? {
        guard CompactToken.isWellFormed(token.utf8),
            let claims = try? await keys.withLock(\.collection).verify(token, as: Claims.self),
            issuer.matches(claims.iss, tenant: tenant), claims.tenant == tenant.name, claims.aud == tenant.name,
            max(claims.nbf, claims.iat) <= (now + AccessTokens.leeway).seconds, now.seconds < claims.exp,
            let client = ClientID(claims.sub),
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
