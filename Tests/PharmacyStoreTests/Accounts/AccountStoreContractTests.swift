import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("The contract of the store: credentials, tokens and recorded outcomes", .timeLimit(.minutes(2)))
struct AccountStoreContractTests {
    @Test("Credentials are listed, read and used by their own tenant alone", arguments: TestDatabase.engines)
    func credentials(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let own = try await tenants.addCredential()
            let other = try await tenants.addCredential(of: tenants.other)
            let listed = try await tenants.read { try $0.credentials(includingRevoked: true) }
            #expect(listed == [own])
            #expect(try await tenants.read { try $0.activeCredentialCount() } == 1)
            #expect(try await tenants.read { try $0.credential(own.id) } == own)
            #expect(try await tenants.read { try $0.credential(other.id) } == nil)
            #expect(try await tenants.read { try $0.login(of: own.id)?.secretHash } == TokenHash.of("secret"))
            #expect(try await tenants.read { try $0.login(of: other.id) == nil })
        }
    }

    @Test("A credential is renamed and revoked by its own tenant alone", arguments: TestDatabase.engines)
    func changes(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let own = try await tenants.addCredential()
            let other = try await tenants.addCredential(of: tenants.other)
            for credential in [own, other] {
                try await tenants.write { scope in
                    try scope.renameCredential(credential.id, to: "renamed")
                    try scope.recordLastUse(credential.id, at: TwoTenants.now)
                    try scope.revokeCredential(credential.id, at: TwoTenants.now)
                }
            }
            let changed = try await tenants.read { try $0.credential(own.id) }
            #expect(changed?.name == "renamed")
            #expect(changed?.status == .revoked)
            #expect(changed?.lastUsedAt == TwoTenants.now)
            #expect(try await tenants.store.read(tenants.other) { try $0.credential(other.id) } == other)
        }
    }

    @Test("A refresh token is found and revoked by its own tenant alone", arguments: TestDatabase.engines)
    func refreshTokens(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let end = TwoTenants.now + .seconds(60)
            func add(to tenant: TenantID, _ token: String) async throws -> TokenFamilyID {
                let credential = try await tenants.addCredential(of: tenant)
                let family = TokenFamilyID(UUID())
                try await tenants.store.write(tenant) { scope in
                    try scope.insertFamily(family, of: credential.id, expiresAt: end, at: TwoTenants.now)
                    try scope.insertRefreshToken(hash: TokenHash.of(token), family: family, expiresAt: end)
                }
                return family
            }
            let own = try await add(to: tenants.own, "own")
            let other = try await add(to: tenants.other, "other")
            #expect(try await tenants.read { try $0.refreshToken(hash: TokenHash.of("own"))?.family } == own)
            #expect(try await tenants.read { try $0.refreshToken(hash: TokenHash.of("other")) } == nil)
            try await tenants.write { scope in
                try scope.revokeFamily(own, at: TwoTenants.now)
                try scope.revokeFamily(other, at: TwoTenants.now)
            }
            #expect(try await tenants.read { try $0.refreshToken(hash: TokenHash.of("own"))?.isRevoked } == true)
            let stored = try await tenants.store.read(tenants.other) {
                try $0.refreshToken(hash: TokenHash.of("other"))
            }
            #expect(stored?.isRevoked == false)
        }
    }

    @Test("A setup token is accepted for its own tenant alone", arguments: TestDatabase.engines)
    func setupTokens(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let hash = TokenHash.of("setup")
            func insert(for tenant: TenantID) async throws -> Bool {
                try await tenants.store.write(tenant) {
                    try $0.insertSetupToken(hash: hash, expiresAt: nil, at: TwoTenants.now)
                }
            }
            func accept(for tenant: TenantID) async throws -> Bool {
                try await tenants.store.write(tenant) {
                    try $0.acceptSetupToken(hash: hash, spending: true, at: TwoTenants.now)
                }
            }
            let isInserted = try await insert(for: tenants.other)
            #expect(isInserted)
            #expect(try await tenants.read { try $0.knowsSetupToken(hash: hash) } == false)
            #expect(try await accept(for: tenants.own) == false)
            // The token cannot be taken from its tenant.
            #expect(try await insert(for: tenants.own) == false)
            #expect(try await accept(for: tenants.other))
            #expect(try await accept(for: tenants.other) == false)
        }
    }

    @Test("The outcome of a request is found by its own tenant alone", arguments: TestDatabase.engines)
    func outcomes(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            try await tenants.store.write(tenants.other) {
                try $0.recordOutcome(
                    [1], key: "POST orders k", body: [9], at: TwoTenants.now, retainedFor: .seconds(60))
            }
            func found(_ body: [UInt8], at now: Timestamp = TwoTenants.now) async throws -> RecordedOutcome {
                try await tenants.read { try $0.recordedOutcome(key: "POST orders k", body: body, at: now) }
            }
            #expect(try await found([9]) == .none)
            try await tenants.write {
                try $0.recordOutcome(
                    [2], key: "POST orders k", body: [8], at: TwoTenants.now, retainedFor: .seconds(60))
            }
            #expect(try await found([8]) == .same([2]))
            #expect(try await found([9]) == .otherBody)
            #expect(try await found([8], at: TwoTenants.now + .seconds(60)) == .none)
        }
    }
}
