import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Proofs of authorization data", .timeLimit(.minutes(3)))
struct GrantProofsTests {
    private let now = Timestamp(milliseconds: 1_700_000_000_000)
    private let masterKey = [UInt8](repeating: 7, count: 32)
    private let proofs = GrantProofs(key: [UInt8](repeating: 1, count: 32), id: 1, createdAt: 0)

    // MARK: The code

    private func credential(_ change: (inout CredentialGrant) -> Void = { _ in }) -> CredentialGrant {
        var grant = CredentialGrant(
            tenant: "t", clientID: "c", secretHash: [1, 2], displayName: "n", scopes: "read", createdAt: 1,
            revokedAt: nil)
        change(&grant)
        return grant
    }

    @Test("A proof is valid only for its row")
    func holds() {
        let proof = proofs.proof(of: credential())
        #expect(proof.count == 32)
        #expect(proofs.holds(proof, for: credential()))
        #expect(!proofs.holds(proof, for: credential { $0.revokedAt = 0 }))
        #expect(!proofs.holds(proof, for: credential { $0.displayName = "m" }))
        #expect(!proofs.holds(nil, for: credential()))
        #expect(!proofs.holds([], for: credential()))
        #expect(!proofs.holds(Array(proof.dropLast()), for: credential()))
        #expect(
            !GrantProofs(key: [UInt8](repeating: 2, count: 32), id: 1, createdAt: 0).holds(proof, for: credential()))
    }

    @Test("Different rows have different bytes")
    func encoding() {
        func bytes(_ texts: String?...) -> [UInt8] {
            var fields = GrantFields()
            for text in texts { fields.add(text) }
            return fields.bytes
        }
        var number = GrantFields()
        number.add("abc")
        number.add(0)
        let different = [
            bytes("ab", "c"), bytes("a", "bc"), bytes("abc"), bytes("abc", ""), bytes("abc", nil), bytes(nil, "abc"),
            bytes("", "abc"), number.bytes,
        ]
        #expect(Set(different).count == different.count)
        let family = TokenFamilyGrant(tenant: "t", family: "a", clientID: "c", createdAt: 1, revokedAt: nil)
        let token = RefreshTokenGrant(tenant: "t", hash: Array("a".utf8), family: "c", expiresAt: 1, usedAt: nil)
        // The same fields, but another kind.
        #expect(proofs.proof(of: family) != proofs.proof(of: token))
    }

    // MARK: Changes by the program

    private func open(_ database: TestDatabase) async throws -> Store {
        try await database.store(.fixed(masterKey), at: now)
    }

    private func tenant(_ name: String, _ kind: Tenant.Kind) -> Tenant {
        Tenant(id: TenantID(UUID()), name: name, kind: kind, status: .active, createdAt: now, resetsAt: nil)
    }

    private func add(_ tenant: Tenant, to store: Store) async throws {
        try await store.systemWrite {
            try $0.createTenant(
                tenant, dataKey: [UInt8](repeating: 9, count: 32), webhookSecret: "whsec_\(tenant.name)")
        }
    }

    private struct Login {
        let client = ClientID(UUID())
        let family = TokenFamilyID(UUID())
        let secret = [UInt8](repeating: 1, count: 32)
        let refresh = TokenHash.of("up_refresh_\(UUID())")
        let setup = TokenHash.of("up_setup_\(UUID())")
    }

    private func add(_ login: Login, to tenant: Tenant, of store: Store) async throws {
        let now = now
        try await store.write(tenant.id) { scope in
            _ = try scope.insertSetupToken(hash: login.setup, expiresAt: now + .days(7), at: now)
            try scope.insertCredential(
                Credential(id: login.client, name: "one", scopes: [.read, .write], createdAt: now),
                secretHash: login.secret)
            try scope.insertFamily(login.family, of: login.client, expiresAt: now + .days(60), at: now)
            try scope.insertRefreshToken(hash: login.refresh, family: login.family, expiresAt: now + .days(60))
        }
    }

    /// Whether all rows of a login are proven.
    private func isWhole(
        _ login: Login, of tenant: Tenant, in store: Store, scopes expected: Set<CredentialScope> = [.read, .write]
    ) async throws -> Bool {
        let now = now
        return try await store.write(tenant.id) { scope in
            let (hash, scopes) = try scope.login(of: login.client) ?? ([], [])
            let token = try scope.refreshToken(hash: login.refresh)
            return try hash == login.secret && scopes == expected && token?.family == login.family
                && scope.activeCredential(login.client, family: login.family)?.id == login.client
                && scope.acceptSetupToken(hash: login.setup, spending: false, at: now)
        }
    }

    @Test("Every change by the program leaves a valid proof", arguments: TestDatabase.engines)
    func life(engine: TestDatabase.Engine) async throws {
        let store = try await open(try TestDatabase(on: engine))
        let (live, sandbox, login) = (tenant("acme", .live), tenant("trial", .sandbox), Login())
        let now = now
        try await add(live, to: store)
        try await add(sandbox, to: store)
        try await add(login, to: live, of: store)
        #expect(try await isWhole(login, of: live, in: store))

        try await store.write(live.id) { scope in
            try scope.renameCredential(login.client, to: "two")
            try scope.recordLastUse(login.client, at: now + .hours(1))
            try scope.setStatus(.suspended)
            try scope.setStatus(.active)
            let next = WebhookSecrets.Next(secret: "whsec_next", activatesAt: now + .hours(24))
            try scope.setWebhookSecrets(WebhookSecrets(current: "whsec_now", next: next))
            #expect(try scope.rotateDataKey(with: [UInt8](repeating: 8, count: 32), at: now))
            let other = TokenHash.of("up_setup_other")
            #expect(try scope.insertSetupToken(hash: other, expiresAt: nil, at: now))
            #expect(try !scope.insertSetupToken(hash: other, expiresAt: nil, at: now))
            #expect(try scope.revokeSetupTokens(except: login.setup, at: now) == 1)
            #expect(try !scope.acceptSetupToken(hash: other, spending: false, at: now))
            #expect(try scope.insertSetupToken(hash: other, expiresAt: nil, at: now))
            #expect(try scope.acceptSetupToken(hash: other, spending: true, at: now))
            #expect(try !scope.acceptSetupToken(hash: other, spending: true, at: now))
            #expect(try scope.knowsSetupToken(hash: other))
        }
        #expect(try await isWhole(login, of: live, in: store))
        try await store.write(live.id) { scope in
            while try scope.reencryptSome(limit: 10, at: now).mayBeMore {}
            try scope.retirePreviousDataKey()
        }
        #expect(try await store.read(live.id) { try $0.webhookSecrets().next?.secret } == "whsec_next")
        #expect(try await store.read(live.id) { try $0.credential(login.client)?.name } == "two")

        try await store.write(sandbox.id) { scope in
            try scope.wipe(
                dataKey: [UInt8](repeating: 6, count: 32), webhookSecret: "whsec_new", resetsAt: now, at: now)
            #expect(try scope.renewed().webhookSecrets().current == "whsec_new")
            #expect(try scope.wipes() == 1)
        }
        let token = try await store.write(live.id) { scope in
            let token = try scope.refreshToken(hash: login.refresh)
            if let token { try scope.useRefreshToken(token, hash: login.refresh, at: now) }
            try scope.extendFamily(login.family, until: now + .days(61))
            return try scope.refreshToken(hash: login.refresh)
        }
        #expect(token?.usedAt == now)
        let (revoked, credential) = try await store.write(live.id) { scope in
            try scope.revokeFamily(login.family, at: now)
            try scope.revokeFamily(login.family, at: now + .hours(1))
            let revoked = try scope.refreshToken(hash: login.refresh)?.isRevoked
            try scope.revokeCredential(login.client, at: now)
            try scope.revokeCredential(login.client, at: now + .hours(1))
            return (revoked, try scope.credential(login.client))
        }
        #expect(revoked == true)
        #expect(credential?.revokedAt == now)
        #expect(try await store.systemRead { try $0.tenants().map(\.name) } == ["acme", "trial"])
        #expect(store.unproven.take().isEmpty)
        await store.close()
    }

    // MARK: The first proofs

    /// Sets a database back to the state of a version without proofs.
    /// - Parameter check: the master key's check from before the first proofs.
    private func removeProofs(_ store: Store, check: [UInt8]?) async throws {
        try await store.systemWrite { scope in
            for statement in [
                "UPDATE tenants SET proof = NULL", "UPDATE setup_tokens SET proof = NULL",
                "UPDATE credentials SET proof = NULL", "UPDATE token_families SET proof = NULL",
                "UPDATE refresh_tokens SET proof = NULL", "DELETE FROM wrapped_keys WHERE name = 'authorization'",
            ] as [SQL] { try scope.db.run(statement, []) }
            guard let check else { return }
            try scope.db.run("UPDATE wrapped_keys SET wrapped = $1 WHERE name = 'check'", [.blob(check)])
        }
    }

    @Test(
        "Rows of an earlier version get proofs once; later rows without a proof are not genuine",
        arguments: TestDatabase.engines)
    func conversion(engine: TestDatabase.Engine) async throws {
        let database = try TestDatabase(on: engine)
        let first = try database.open(readingThreads: 1)
        try await Migrations.apply(to: first)
        let (source, moment) = (MasterKeySource.fixed(masterKey), now.milliseconds)
        let stored = try await first.write { db in
            try Keyring(source: source).begin(at: moment, in: db)
            return try db.row("SELECT wrapped FROM wrapped_keys WHERE name = 'check'", []) { try $0.blob(0) }
        }
        await first.close()
        let check = try #require(stored)
        let old = try await open(database)
        let (acme, login) = (tenant("acme", .live), Login())
        try await add(acme, to: old)
        try await add(login, to: acme, of: old)
        try await removeProofs(old, check: check)
        await old.close()

        // In that version `read` and `write` were the only scopes.
        let store = try await open(database)
        #expect(try await isWhole(login, of: acme, in: store, scopes: CredentialScope.all))
        #expect(store.unproven.take().isEmpty)
        try await store.systemWrite { _ = try $0.db.run("UPDATE credentials SET proof = NULL", []) }
        await store.close()
        let again = try await open(database)
        #expect(try await !isWhole(login, of: acme, in: again))
        #expect(
            again.unproven.take().keys.contains(
                UnprovenGrant(kind: .credential, tenant: acme.id, name: login.client.description)))
        await again.close()
    }

    @Test("Scopes are divided once: a credential with fewer scopes keeps them", arguments: TestDatabase.engines)
    func dividedOnce(engine: TestDatabase.Engine) async throws {
        let database = try TestDatabase(on: engine)
        let (acme, login) = (tenant("acme", .live), Login())
        let store = try await open(database)
        try await add(acme, to: store)
        try await add(login, to: acme, of: store)
        await store.close()
        for _ in 0..<2 {
            let again = try await open(database)
            #expect(try await isWhole(login, of: acme, in: again))
            await again.close()
        }
    }

    @Test("Somebody who can write the database cannot repeat the conversion", arguments: TestDatabase.engines)
    func notAgain(engine: TestDatabase.Engine) async throws {
        let database = try TestDatabase(on: engine)
        let store = try await open(database)
        let acme = tenant("acme", .live)
        try await add(acme, to: store)
        try await removeProofs(store, check: nil)
        await store.close()
        await #expect(throws: StoreError.broken("the key of the authorization data is missing")) {
            await (try open(database)).close()
        }
        let bare = try database.open(readingThreads: 1)
        _ = try await bare.write { try $0.run("DELETE FROM wrapped_keys WHERE name = 'check'", []) }
        await bare.close()
        await #expect(throws: StoreError.broken("the master key's check is missing")) {
            await (try open(database)).close()
        }
    }

    @Test("A rotation of the master key preserves the mark", arguments: TestDatabase.engines)
    func newMasterKey(engine: TestDatabase.Engine) async throws {
        let database = try TestDatabase(on: engine)
        let store = try await open(database)
        let (acme, login) = (tenant("acme", .live), Login())
        try await add(acme, to: store)
        try await add(login, to: acme, of: store)
        let next = [UInt8](repeating: 5, count: 32)
        _ = try await store.systemWrite { try $0.rewrapKeys(under: next) }
        await store.close()
        let reopened = try await Store(
            engine: try database.open(readingThreads: 1), masterKey: .fixed(next), now: now)
        #expect(try await isWhole(login, of: acme, in: reopened))
        await reopened.close()
    }

    @Test("A copy of the installation, to another engine too, has the same proofs", arguments: TestDatabase.engines)
    func copied(engine: TestDatabase.Engine) async throws {
        let paths = [SampleInstallation.newPath(), SampleInstallation.newPath()]
        let file = try SQLiteEngine(path: paths[0], readingThreads: 1, notifier: ChangeNotifier())
        let original = try await Store(engine: file, masterKey: .fixed(masterKey), now: now)
        let (acme, login) = (tenant("acme", .live), Login())
        try await add(acme, to: original)
        try await add(login, to: acme, of: original)
        await original.close()
        var places: [DatabaseLocation] = [.file(paths[0]), .file(paths[1])]
        #if PostgreSQL
        if engine == .postgreSQL { places.insert(.server(url: try TestDatabase.newURL()), at: 1) }
        #endif
        for (source, destination) in zip(places, places.dropFirst()) {
            _ = try InstallationCopy.copy(
                source, to: destination, masterKey: .fixed(masterKey), noting: SampleInstallation.event)
        }
        let copy = try SQLiteEngine(path: paths[1], readingThreads: 1, notifier: ChangeNotifier())
        let store = try await Store(engine: copy, masterKey: .fixed(masterKey), now: now)
        #expect(try await isWhole(login, of: acme, in: store))
        #expect(store.unproven.take().isEmpty)
        await store.close()
    }
}
