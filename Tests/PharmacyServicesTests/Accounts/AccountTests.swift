import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("Accounts", .timeLimit(.minutes(3)))
struct AccountTests {
    private func credential(_ installation: TestInstallation) async throws -> JSON {
        try await installation.accounts.createCredential(
            body: [:], authority: .setupToken(TestInstallation.setupToken), tenant: installation.tenant,
            idempotency: nil
        ).value
    }

    private func tokens(_ installation: TestInstallation) async throws -> TokenPair {
        let credential = try await credential(installation)
        return try await installation.accounts.issueToken(
            clientID: credential["client_id"]?.text ?? "", clientSecret: credential["client_secret"]?.text ?? "",
            tenant: installation.tenant)
    }

    @Test("A hundred concurrent requests create exactly 20 credentials")
    func limit() async throws {
        let installation = try await TestInstallation()
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 { group.addTask { (try? await credential(installation)) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 20)
    }

    @Test("An access token is valid for exactly 30 days and a refresh token for exactly 60")
    func lifetimes() async throws {
        let installation = try await TestInstallation()
        let pair = try await tokens(installation)
        #expect(pair.expiresIn == .seconds(2_592_000))
        #expect(pair.refreshExpiresIn == .seconds(5_184_000))
        installation.time.advance(by: .days(30) - .seconds(1))
        _ = try await installation.accounts.authenticate(
            accessToken: pair.accessToken, tenant: installation.tenant)
        installation.time.advance(by: .seconds(1))
        await #expect(throws: ServiceError.unauthenticated) {
            _ = try await installation.accounts.authenticate(
                accessToken: pair.accessToken, tenant: installation.tenant)
        }
        installation.time.advance(by: .days(30))
        await #expect(throws: ServiceError.invalidGrant) {
            _ = try await installation.accounts.refresh(
                pair.refreshToken, tenant: installation.tenant, idempotency: nil)
        }
    }

    @Test("Of two concurrent refreshes of one token exactly one succeeds")
    func rotation() async throws {
        let installation = try await TestInstallation()
        let pair = try await tokens(installation)
        let won = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    let fresh = try? await installation.accounts.refresh(
                        pair.refreshToken, tenant: installation.tenant, idempotency: nil)
                    return fresh != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(won == 1)
    }

    @Test("Using a refresh token again revokes its family, including access tokens")
    func reuse() async throws {
        let installation = try await TestInstallation()
        let pair = try await tokens(installation)
        let fresh = try await installation.accounts.refresh(
            pair.refreshToken, tenant: installation.tenant, idempotency: nil
        ).value
        _ = try await installation.accounts.authenticate(
            accessToken: fresh.accessToken, tenant: installation.tenant)
        await #expect(throws: ServiceError.invalidGrant) {
            _ = try await installation.accounts.refresh(
                pair.refreshToken, tenant: installation.tenant, idempotency: nil)
        }
        for token in [pair.accessToken, fresh.accessToken] {
            await #expect(throws: ServiceError.unauthenticated) {
                _ = try await installation.accounts.authenticate(accessToken: token, tenant: installation.tenant)
            }
        }
        // The entry names the revoked family.
        let reused = try await installation.audited(.tokenReuseDetected)
        #expect(reused == (try await installation.audited(.tokenIssued)))
        #expect(reused.count == 1)
    }

    @Test("A repeated refresh with the same idempotency key gets the same pair")
    func safeRetry() async throws {
        let installation = try await TestInstallation()
        let pair = try await tokens(installation)
        let request = IdempotencyRequest(key: "retry", operation: "POST auth/refresh", body: [1])
        let first = try await installation.accounts.refresh(
            pair.refreshToken, tenant: installation.tenant, idempotency: request)
        let second = try await installation.accounts.refresh(
            pair.refreshToken, tenant: installation.tenant, idempotency: request)
        #expect(first.value == second.value)
        #expect(second.isReplay)
        #expect(try await installation.audited(.tokenReplayed).count == 1)
        #expect(try await installation.audited(.tokenReuseDetected).isEmpty)
    }

    @Test("A refused refresh is evaluated again when it is repeated with the same idempotency key")
    func refusalIsNotStored() async throws {
        let installation = try await TestInstallation()
        let pair = try await tokens(installation)
        let request = IdempotencyRequest(key: "lost", operation: "POST auth/refresh", body: [1])
        let unknown = "up_refresh_" + String(repeating: "x", count: 43)
        for _ in 0..<2 {
            await #expect(throws: ServiceError.invalidGrant) {
                _ = try await installation.accounts.refresh(
                    unknown, tenant: installation.tenant, idempotency: request)
            }
        }
        let fresh = try await installation.accounts.refresh(
            pair.refreshToken, tenant: installation.tenant, idempotency: request)
        #expect(!fresh.isReplay)
        // The used token with another idempotency key is a reuse, also the second time: no outcome is stored.
        let other = IdempotencyRequest(key: "other", operation: "POST auth/refresh", body: [1])
        for _ in 0..<2 {
            await #expect(throws: ServiceError.invalidGrant) {
                _ = try await installation.accounts.refresh(
                    pair.refreshToken, tenant: installation.tenant, idempotency: other)
            }
        }
        await #expect(throws: ServiceError.invalidGrant) {
            _ = try await installation.accounts.refresh(
                fresh.value.refreshToken, tenant: installation.tenant, idempotency: nil)
        }
    }

    @Test(
        "A token is cached for less than a second, even if the clock is set back meanwhile"
    )
    func clockSetBack() async throws {
        let installation = try await TestInstallation()
        let pair = try await tokens(installation)
        // As another process, without a notification.
        let other = Accounts(
            environment: installation.environment,
            tokens: try await AccessTokens(environment: installation.environment, issuer: TestInstallation.issuer))
        installation.time.setWallClock(by: .hours(1))
        let caller = try await installation.accounts.authenticate(
            accessToken: pair.accessToken, tenant: installation.tenant)
        try await other.revokeCredential(caller.clientID, tenant: installation.tenant)
        installation.time.setWallClock(by: .hours(-1))
        installation.time.advance(by: .milliseconds(999))
        await #expect(throws: ServiceError.unauthenticated) {
            _ = try await installation.accounts.authenticate(
                accessToken: pair.accessToken, tenant: installation.tenant)
        }
    }

    @Test("A token is returned again only to the same client with the same idempotency key")
    func repeatedLogin() async throws {
        let installation = try await TestInstallation()
        var clients: [(id: String, secret: String)] = []
        for _ in 0..<2 {
            let made = try await installation.accounts.createCredential(
                body: [:], authority: .setupToken(TestInstallation.setupToken), tenant: installation.tenant,
                idempotency: nil
            ).value
            clients.append((made["client_id"]?.text ?? "", made["client_secret"]?.text ?? ""))
        }
        // With HTTP Basic the body is the same for all clients.
        let request = IdempotencyRequest(key: "k", operation: "POST auth/token", body: [1])
        func login(_ client: Int, secret: String? = nil) async throws -> IdempotentResult<TokenPair> {
            try await installation.accounts.issueToken(
                clientID: clients[client].id, clientSecret: secret ?? clients[client].secret,
                tenant: installation.tenant, idempotency: request)
        }
        let first = try await login(0)
        let again = try await login(0)
        #expect(again.isReplay && again.value == first.value)
        let other = try await login(1)
        #expect(!other.isReplay && other.value.accessToken != first.value.accessToken)
        await #expect(throws: ServiceError.invalidClient) { _ = try await login(0, secret: clients[1].secret) }
        #expect(try await installation.audited(.tokenIssued).count == 2)
        #expect(try await installation.audited(.tokenReplayed).count == 1)
    }

    @Test("A refresh can be repeated after its token has expired and its record was removed")
    func repeatedAfterExpiry() async throws {
        let installation = try await TestInstallation()
        let pair = try await tokens(installation)
        let request = IdempotencyRequest(key: "late", operation: "POST auth/refresh", body: [1])
        installation.time.advance(by: CredentialPolicy.refreshTokenLifetime - .seconds(1))
        let first = try await installation.accounts.refresh(
            pair.refreshToken, tenant: installation.tenant, idempotency: request)
        installation.time.advance(by: .hours(1))
        try await RetentionSweeper(
            environment: installation.environment, retention: Retention(), logger: installation.logger
        ).prune()
        let again = try await installation.accounts.refresh(
            pair.refreshToken, tenant: installation.tenant, idempotency: request)
        #expect(again.isReplay && again.value == first.value)
    }

    @Test("A revoked credential's tokens are refused at once")
    func revocation() async throws {
        let installation = try await TestInstallation()
        let pair = try await tokens(installation)
        let caller = try await installation.accounts.authenticate(
            accessToken: pair.accessToken, tenant: installation.tenant)
        try await installation.accounts.revokeCredential(caller.clientID, tenant: installation.tenant)
        await #expect(throws: ServiceError.unauthenticated) {
            _ = try await installation.accounts.authenticate(
                accessToken: pair.accessToken, tenant: installation.tenant)
        }
        try await installation.accounts.revokeCredential(caller.clientID, tenant: installation.tenant)
    }
}
