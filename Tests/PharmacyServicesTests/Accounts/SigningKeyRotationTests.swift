import Foundation
import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Rotation of signing keys", .timeLimit(.minutes(3)))
struct SigningKeyRotationTests {
    private func token(_ installation: TestInstallation, _ credential: JSON) async throws -> String {
        try await installation.accounts.issueToken(
            clientID: credential["client_id"]?.text ?? "", clientSecret: credential["client_secret"]?.text ?? "",
            tenant: installation.tenant
        ).accessToken
    }

    private func isAccepted(_ token: String, _ installation: TestInstallation) async -> Bool {
        (try? await installation.accounts.authenticate(accessToken: token, tenant: installation.tenant)) != nil
    }

    private func keyCount(_ installation: TestInstallation) async throws -> Int {
        try await installation.environment.store.systemRead { try $0.signingKeys().count }
    }

    @Test("Tokens of both keys are valid during the overlap, and the old key is removed after its last token")
    func overlap() async throws {
        let installation = try await TestInstallation()
        let credential = try await installation.accounts.createCredential(
            body: [:], authority: .setupToken(TestInstallation.setupToken), tenant: installation.tenant,
            idempotency: nil
        ).value
        installation.time.advance(by: .days(90))
        try await installation.accounts.rotateSigningKeys()
        #expect(try await keyCount(installation) == 2)
        let old = try await token(installation, credential)

        installation.time.advance(by: SigningKeyPolicy.overlap)
        try await installation.accounts.rotateSigningKeys()
        let new = try await token(installation, credential)
        #expect(old.split(separator: ".").first != new.split(separator: ".").first)
        #expect(await isAccepted(old, installation))
        #expect(await isAccepted(new, installation))
        // Another server, or this one after a restart, reads the same keys.
        let other = Accounts(
            environment: installation.environment,
            tokens: try await AccessTokens(environment: installation.environment, issuer: TestInstallation.issuer))
        for token in [old, new] {
            _ = try await other.authenticate(accessToken: token, tenant: installation.tenant)
        }

        installation.time.advance(by: .days(30) - .seconds(1))
        try await installation.accounts.rotateSigningKeys()
        #expect(try await keyCount(installation) == 2)
        #expect(await isAccepted(new, installation))
        installation.time.advance(by: .seconds(2))
        try await installation.accounts.rotateSigningKeys()
        #expect(try await keyCount(installation) == 1)
        #expect(await !isAccepted(old, installation))
        let latest = try await token(installation, credential)
        #expect(await isAccepted(latest, installation))
    }

    @Test("Servers that check concurrently create one successor")
    func simultaneous() async throws {
        let installation = try await TestInstallation()
        installation.time.advance(by: .days(90))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<10 { group.addTask { try await installation.accounts.rotateSigningKeys() } }
            try await group.waitForAll()
        }
        #expect(try await keyCount(installation) == 2)
    }
}
