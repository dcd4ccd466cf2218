internal import Crypto
internal import FoundationEssentials
internal import JWTKit
internal import PharmacyDomain
internal import PharmacyStore
internal import Synchronization

/// Signs and checks access tokens: JWTs (RFC 7519) with Ed25519 (RFC 8037), and no other algorithm. A token's `kid`
/// chooses among this installation's own keys.
package final class AccessTokens: Sendable {
    private struct Keys: Sendable {
        let collection: JWTKeyCollection
        let signing: JWKIdentifier
        /// The ids of all keys, damaged ones too, oldest first, and of the one that signs: what tells one state from another.
        let ids: [Int64]
        let signingID: Int64
    }

    private let environment: ServiceEnvironment
    private let issuer: String
    private let keys: Mutex<Keys>

    /// How far ahead the clock of the node may be that signed a token (RFC 7519 §4.1.5).
    static let leeway = Duration.seconds(60)

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

    /// Makes the first key where there is none.
    package init(environment: ServiceEnvironment, issuer: String) async throws {
        self.environment = environment
        self.issuer = issuer
        keys = Mutex(try await AccessTokens.keys(in: environment))
    }

    /// Replaces the key that signs when it is old, removes those that have signed nothing that is still valid, and takes
    /// up what another server has done of it.
    func renew() async throws {
        let fresh = try await AccessTokens.keys(in: environment)
        keys.withLock { if $0.ids != fresh.ids || $0.signingID != fresh.signingID { $0 = fresh } }
    }

    /// Takes up the keys of the store where they are others than those in memory: after a key was distrusted, what it has
    /// signed must be refused at once, and nothing signed with it any more.
    func renew(unlessStoredAre ids: [Int64]) async throws -> Bool {
        guard keys.withLock(\.ids) != ids else { return false }
        try await renew()
        return true
    }

    /// Takes up the keys of the store where they are others than those in memory.
    func renewIfStale() async throws {
        _ = try await renew(unlessStoredAre: try await environment.store.systemRead { try $0.signingKeyIDs() })
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
                (try AccessTokens.settle(scope, seed: seed, at: now), try scope.signingKeyIDs())
            }
        }
        environment.quarantine.note(damagedSigningKeys: ids.count - found.count)
        guard let signing = SigningKeyPolicy.decision(keys: found.map(\.createdAt), at: now)?.signing else {
            throw StoreError.broken("there is no key to sign access tokens with")
        }
        let collection = JWTKeyCollection()
        var names: [JWKIdentifier] = []
        for key in found {
            let key = try Curve25519.Signing.PrivateKey(rawRepresentation: key.seed)
            let digest = SHA256.hash(data: key.publicKey.rawRepresentation)
            names.append(JWKIdentifier(string: Base64URL.encode(Array(digest.prefix(12)))))
            await collection.add(eddsa: EdDSA.PrivateKey(backing: key), kid: names[names.count - 1])
        }
        return Keys(
            collection: collection, signing: names[signing], ids: ids, signingID: found[signing].number)
    }

    /// Does what is due in one transaction, as another server may be about to do the same.
    private static func settle(_ scope: SystemScope, seed: [UInt8], at now: Timestamp) throws -> [SigningKey] {
        let present = try scope.signingKeys()
        let decision = SigningKeyPolicy.decision(keys: present.map(\.createdAt), at: now)
        for key in present.prefix(decision?.firstNeeded ?? 0) { try scope.removeSigningKey(key.number) }
        if decision?.needsSuccessor ?? true {
            try scope.addSigningKey(seed: seed, at: now)
            scope.audit(.keyRotated, ["access-tokens"], at: now)
        }
        return try scope.signingKeys()
    }

    func sign(
        client: ClientID, family: TokenFamilyID, tenant: Tenant, at now: Timestamp, id: TokenFamilyID
    ) async throws -> String {
        try await ServiceEnvironment.translating { try await renewIfStale() }
        let claims = Claims(
            iss: issuer, sub: client.description, aud: tenant.name, tenant: tenant.name, iat: now.seconds,
            nbf: now.seconds, exp: (now + CredentialPolicy.accessTokenLifetime).seconds, jti: id.description,
            fam: family.description)
        let keys = keys.withLock(\.self)
        return try await keys.collection.sign(claims, kid: keys.signing)
    }

    /// What a token says, when it is ours, for this tenant, and in its time; `nil` otherwise.
    func verify(_ token: String, tenant: Tenant, at now: Timestamp) async -> Verified? {
        guard CompactToken.isWellFormed(token.utf8),
            let claims = try? await keys.withLock(\.collection).verify(token, as: Claims.self),
            claims.iss == issuer, claims.tenant == tenant.name, claims.aud == tenant.name,
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
