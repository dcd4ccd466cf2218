import Foundation
import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Rotation of the master key", .timeLimit(.minutes(3)))
struct MasterKeyTests {
    private let now = Timestamp(milliseconds: 1_700_000_000_000)
    private let old = [UInt8](repeating: 1, count: 32)
    private let new = [UInt8](repeating: 2, count: 32)

    /// The content of the operator's key file.
    private final class KeyFile: Sendable {
        private let keys: Mutex<[[UInt8]]>
        init(_ keys: [[UInt8]]) { self.keys = Mutex(keys) }
        func set(_ keys: [[UInt8]]) { self.keys.withLock { $0 = keys } }
        var source: MasterKeySource { MasterKeySource { [self] in keys.withLock(\.self) } }
    }

    private func store(_ source: MasterKeySource, in database: TestDatabase) async throws -> Store {
        try await database.store(source, at: now)
    }

    private func tenant(_ name: String) -> Tenant {
        Tenant(
            id: TenantID(UUID()), name: name, kind: .live, status: .active, createdAt: now, resetsAt: nil)
    }

    private func add(_ tenant: Tenant, to store: Store) async throws {
        try await store.systemWrite {
            try $0.createTenant(
                tenant, dataKey: [UInt8](repeating: 9, count: 32), webhookSecret: "whsec_\(tenant.name)")
        }
    }

    private func secret(of tenant: Tenant, in store: Store) async throws -> String {
        try await store.read(tenant.id) { try $0.webhookSecrets().current }
    }

    @Test(
        "A running server loads the new master key and wraps only under it",
        arguments: TestDatabase.engines)
    func follows(engine: TestDatabase.Engine) async throws {
        let database = try TestDatabase(on: engine)
        let file = KeyFile([old])
        let server = try await store(file.source, in: database)
        let (before, untouched, after) = (tenant("before"), tenant("untouched"), tenant("after"))
        try await add(before, to: server)
        let command = try await store(.fixed(old), in: database)
        try await add(untouched, to: command)
        file.set([old, new])
        let count = try await command.systemWrite { [new] in try $0.rewrapKeys(under: new) }
        // The check, the keys of the audit chain and of the authorization data, and two data keys.
        #expect(count == 5)
        try await add(after, to: server)
        #expect(try await secret(of: before, in: server) == "whsec_before")
        // The server has not opened it before the rotation.
        #expect(try await secret(of: untouched, in: server) == "whsec_untouched")
        await server.close()
        await command.close()

        await #expect(throws: StoreError.wrongMasterKey) { _ = try await store(.fixed(old), in: database) }
        let restarted = try await store(.fixed(new), in: database)
        for tenant in [before, untouched, after] {
            #expect(try await secret(of: tenant, in: restarted) == "whsec_\(tenant.name)")
        }
        await restarted.close()
    }

    @Test("A server without the new master key wraps nothing under the old one", arguments: TestDatabase.engines)
    func leftBehind(engine: TestDatabase.Engine) async throws {
        let database = try TestDatabase(on: engine)
        let server = try await store(.fixed(old), in: database)
        let known = tenant("known")
        try await add(known, to: server)
        let command = try await store(.fixed(old), in: database)
        _ = try await command.systemWrite { [new] in try $0.rewrapKeys(under: new) }
        await #expect(throws: StoreError.wrongMasterKey) { try await add(tenant("lost"), to: server) }
        #expect(try await secret(of: known, in: server) == "whsec_known")
        await server.close()
        await command.close()
    }

    @Test("A failed rotation leaves the old key in use", arguments: TestDatabase.engines)
    func rolledBack(engine: TestDatabase.Engine) async throws {
        struct Failure: Error {}
        let database = try TestDatabase(on: engine)
        let file = KeyFile([old, new])
        let server = try await store(file.source, in: database)
        await #expect(throws: Failure.self) {
            try await server.systemWrite { [new] in
                _ = try $0.rewrapKeys(under: new)
                throw Failure()
            }
        }
        try await add(tenant("still"), to: server)
        let isInForce = { (key: [UInt8]) in try await server.systemRead { try $0.isMasterKey(key) } }
        #expect(try await isInForce(old))
        #expect(try await !isInForce(new))
        await server.close()
        await (try store(.fixed(old), in: database)).close()
    }
}
