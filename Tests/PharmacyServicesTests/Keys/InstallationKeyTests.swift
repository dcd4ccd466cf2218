import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Rotation of the installation's keys", .timeLimit(.minutes(3)))
struct InstallationKeyTests {
    private func operations(_ installation: TestInstallation) -> OperatorService {
        OperatorService(
            environment: installation.environment, setupTokens: SetupTokens(fixed: nil), wipeEvery: .hours(24))
    }

    private func tokens(_ installation: TestInstallation) async throws -> TokenPair {
        let made = try await installation.accounts.createCredential(
            body: [:], authority: .setupToken(TestInstallation.setupToken), tenant: installation.tenant,
            idempotency: nil
        ).value
        return try await installation.accounts.issueToken(
            clientID: made["client_id"]?.text ?? "", clientSecret: made["client_secret"]?.text ?? "",
            tenant: installation.tenant)
    }

    private func isAccepted(_ token: String, _ installation: TestInstallation, by accounts: Accounts) async -> Bool {
        (try? await accounts.authenticate(accessToken: token, tenant: installation.tenant)) != nil
    }

    /// The accounts of another node, or of this one after a restart.
    private func otherNode(_ installation: TestInstallation) async throws -> Accounts {
        Accounts(
            environment: installation.environment,
            tokens: try await AccessTokens(environment: installation.environment, issuer: TestInstallation.issuer))
    }

    @Test("Distrusting a signing key invalidates its access tokens on every node, and clients refresh theirs")
    func distrustsSigning() async throws {
        let installation = try await TestInstallation()
        let other = try await otherNode(installation)
        let pair = try await tokens(installation)
        #expect(await isAccepted(pair.accessToken, installation, by: other))
        _ = try await operations(installation).rotateInstallationKey(.signing, distrusting: true)
        // A cached verification is used until it expires.
        installation.time.advance(by: ServiceLimits.verificationCacheLifetime)
        #expect(await !isAccepted(pair.accessToken, installation, by: other))
        #expect(await !isAccepted(pair.accessToken, installation, by: installation.accounts))
        let fresh = try await installation.accounts.refresh(
            pair.refreshToken, tenant: installation.tenant, idempotency: nil)
        #expect(await isAccepted(fresh.value.accessToken, installation, by: other))
        #expect(await isAccepted(fresh.value.accessToken, installation, by: installation.accounts))
        #expect(try await installation.audited(.keyDistrusted) == [["access-tokens"]])
    }

    @Test("A node that was not notified signs nothing with a distrusted key")
    func signsWithTheNewKey() async throws {
        let installation = try await TestInstallation()
        _ = try await operations(installation).rotateInstallationKey(.signing, distrusting: true)
        let pair = try await tokens(installation)
        #expect(await isAccepted(pair.accessToken, installation, by: try await otherNode(installation)))
    }

    @Test("A signing key that is only replaced stays valid for the tokens that it signed")
    func replacesSigning() async throws {
        let installation = try await TestInstallation()
        let pair = try await tokens(installation)
        _ = try await operations(installation).rotateInstallationKey(.signing, distrusting: false)
        installation.time.advance(by: SigningKeyPolicy.overlap + .milliseconds(1))
        try await installation.accounts.rotateSigningKeys()
        let later = try await installation.accounts.refresh(
            pair.refreshToken, tenant: installation.tenant, idempotency: nil)
        #expect(pair.accessToken.prefix(60) != later.value.accessToken.prefix(60))
        #expect(await isAccepted(pair.accessToken, installation, by: installation.accounts))
        #expect(await isAccepted(later.value.accessToken, installation, by: installation.accounts))
        #expect(try await installation.audited(.keyRotated) == [["access-tokens"], ["access-tokens"]])
    }

    // MARK: Medication ids

    @Test("Ids of a replaced key are accepted for 90 days in addition to the new ones")
    func replacesMedicationIDs() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order()
        let old = try #require(body["medication_id"]?.text)
        _ = try await operations(installation).rotateInstallationKey(.medicationIDs, distrusting: false)
        try await installation.keys.reload()
        let new = try #require(try await installation.order()["medication_id"]?.text)
        #expect(old != new)
        _ = try await installation.place(body)
        installation.time.advance(by: ServiceLimits.medicationIDsAccepted + .seconds(1))
        try await installation.keys.reload()
        await #expect(throws: ServiceError.self) { _ = try await installation.place(body) }
        #expect(try await installation.order()["medication_id"]?.text == new)
    }

    @Test("Ids of a distrusted key are refused at once, and orders that were placed with them can still be dispatched")
    func distrustsMedicationIDs() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order()
        let old = try #require(body["medication_id"]?.text)
        let pharmacy = SimulatedPharmacies.all[0].id
        let code = installation.keys.medicationIDs.decode(old, pharmacy: pharmacy)
        _ = try await operations(installation).rotateInstallationKey(.medicationIDs, distrusting: true)
        try await installation.keys.reload()
        await #expect(throws: ServiceError.self) { _ = try await installation.place(body) }
        #expect(installation.keys.medicationIDs.decode(old, pharmacy: pharmacy) == nil)
        #expect(installation.keys.medicationIDs.decode(placed: old, pharmacy: pharmacy) == code)
        #expect(code != nil)
        _ = try await installation.place(try await installation.order())
        // Also after a restart.
        let restarted = try await InstallationKeys(environment: installation.environment)
        #expect(restarted.medicationIDs.decode(placed: old, pharmacy: pharmacy) == code)
        installation.time.advance(by: ServiceLimits.distrustedMedicationIDs + .seconds(1))
        try await installation.keys.reload()
        #expect(installation.keys.medicationIDs.decode(placed: old, pharmacy: pharmacy) == nil)
    }

    // MARK: Setup tokens

    @Test("With its key a sandbox's setup token is replaced: the old one is refused, and the new one is issued again")
    func replacesSetupTokens() async throws {
        let installation = try await TestInstallation()
        let made = try await operations(installation).createTenant(named: "trial", kind: .sandbox)
        let old = try #require(made["setup_token"]?.text)
        let rotated = try await operations(installation).rotateInstallationKey(.setupTokens, distrusting: true)
        let shown = try #require(rotated["setup_tokens"]?.elements?.first { $0["tenant"] == "trial" })
        let new = try #require(shown["setup_token"]?.text)
        #expect(old != new)
        let tenant = try #require(try await installation.accounts.tenant(named: "trial"))
        await #expect(throws: ServiceError.unauthenticated) {
            _ = try await installation.accounts.createCredential(
                body: [:], authority: .setupToken(old), tenant: tenant, idempotency: nil)
        }
        _ = try await installation.accounts.createCredential(
            body: [:], authority: .setupToken(new), tenant: tenant, idempotency: nil)
        let again = try await operations(installation).issueSetupToken(toTenant: "trial")
        #expect(again["setup_token"]?.text == new)
    }

    // MARK: The audit log and the authorization data

    /// Two nodes of one database.
    private func nodes() async throws -> (TestInstallation, TestInstallation) {
        let (database, time) = (try TestDatabase(), ManualClock())
        return (
            try await TestInstallation(time: time, opening: { try database.open(notifier: $0) }),
            try await TestInstallation(time: time, opening: { try database.open(notifier: $0) })
        )
    }

    @Test("The audit log continues unbroken under a new key on every node; its end cannot be set before the key")
    func replacesAuditKey() async throws {
        let (first, second) = try await nodes()
        let log = AuditLog(store: second.environment.store)
        _ = try await first.createPatient()
        _ = try await second.createPatient()
        let before = try await first.environment.store.systemRead { scope in
            try scope.db.row("SELECT checkpoint_sequence, checkpoint_hash, seal FROM audit_head", []) {
                (sequence: try $0.integer(0), hash: try $0.blob(1), seal: try $0.blob(2))
            }
        }
        _ = try await operations(first).rotateInstallationKey(.audit, distrusting: true)
        let rotation = try await first.environment.store.systemRead { try $0.auditHead().sequence }
        // The second node has received no notification.
        _ = try await second.createPatient()
        _ = try await operations(second).rotateInstallationKey(.audit, distrusting: true)
        _ = try await first.createPatient()
        for node in [first, second] {
            guard case .unbroken = try await AuditLog(store: node.environment.store).verify() else {
                Issue.record("the log is broken after its key was replaced")
                return
            }
        }
        // As somebody with the previous key could forge it: the end of that key's entries, with seal and checkpoint.
        _ = try await first.environment.store.systemWrite { scope in
            try scope.db.run(
                "DROP TRIGGER audit_entries_are_not_removed" + (TestDatabase.isPostgreSQL ? "ON audit_entries" : ""), []
            )
            try scope.db.run("DELETE FROM audit_entries WHERE sequence >= $1", [.integer(rotation)])
            return try scope.db.run(
                "UPDATE audit_head SET checkpoint_sequence = $1, checkpoint_hash = $2, seal = $3",
                [.integer(before?.sequence ?? 0), .blob(before?.hash ?? []), .blob(before?.seal ?? [])])
        }
        guard case .broken = try await log.verify() else {
            Issue.record("the end of the log was cut off unseen")
            return
        }
        await first.close()
        await second.close()
    }

    @Test("Authorization data is valid under a new key on every node, and proofs of the former key are not")
    func replacesAuthorizationKey() async throws {
        let (first, second) = try await nodes()
        let pair = try await tokens(first)
        #expect(await isAccepted(pair.accessToken, first, by: second.accounts))
        let former = try await first.environment.store.systemRead { scope in
            try scope.db.row("SELECT proof FROM tenants WHERE name = 'sandbox'", []) { try $0.blob(0) }
        }
        _ = try await operations(first).rotateInstallationKey(.authorization, distrusting: true)
        first.time.advance(by: ServiceLimits.verificationCacheLifetime)
        for node in [second, first] { #expect(await isAccepted(pair.accessToken, node, by: node.accounts)) }
        // The second node has received no notification when it creates these.
        let other = try await tokens(second)
        let made = try await operations(second).createTenant(named: "acme", kind: .live)
        #expect(await isAccepted(other.accessToken, first, by: first.accounts))
        #expect(try await operations(first).tenant(named: "acme")["uuid"] == made["uuid"])
        _ = try await first.accounts.refresh(other.refreshToken, tenant: first.tenant, idempotency: nil)
        #expect(first.environment.store.unproven.take().isEmpty)
        #expect(second.environment.store.unproven.take().isEmpty)

        _ = try await first.environment.store.systemWrite { scope in
            try scope.db.run("UPDATE tenants SET proof = $1 WHERE name = 'sandbox'", [.blob(former ?? [])])
        }
        first.time.advance(by: ServiceLimits.verificationCacheLifetime)
        for node in [first, second] { #expect(await !isAccepted(pair.accessToken, node, by: node.accounts)) }
        await first.close()
        await second.close()
    }

    // MARK: Seals

    @Test("Seals are counted, and a data key is rotated when it reaches a limit")
    func countsSeals() async throws {
        let installation = try await TestInstallation()
        let accounting = SealAccounting(environment: installation.environment, logger: installation.logger)
        func seals() async throws -> Int64 {
            let shown = try await operations(installation).dataKeys(ofTenant: "sandbox").first
            guard case .integer(let seals) = shown?["seals"] else { return -1 }
            return seals
        }
        try await accounting.count()
        let before = try await seals()
        for _ in 0..<5 { _ = try await installation.createPatient() }
        try await accounting.count()
        let after = try await seals()
        // The document and the e-mail address of each.
        #expect(after == before + 10)
        #expect(try await installation.audited(.keyRotated).count == 1)
        try await accounting.count(rotatingAt: after)
        #expect(try await installation.audited(.keyRotated).last == [installation.tenant.id.description])
        #expect(try await seals() == 0)
        // Not again while the first rotation is in progress.
        try await accounting.count(rotatingAt: 0)
        #expect(try await installation.audited(.keyRotated).count == 2)
    }
}
