import Foundation
import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("A key service instead of a master key", .timeLimit(.minutes(3)))
struct KeyServiceTests {
    /// Wraps with a key that it does not reveal, while it responds.
    private final class KeyService: WrappingKey {
        private let key: SealingKey
        private let isDown = Mutex(false)

        init() throws { key = try #require(SealingKey(number: 0, bytes: [UInt8](repeating: 7, count: 32))) }

        func setDown(_ isDown: Bool) { self.isDown.withLock { $0 = isDown } }

        private func check() throws {
            if isDown.withLock(\.self) { throw StoreError.unavailable("the key service does not answer") }
        }

        func wrap(_ key: [UInt8], as place: String) throws -> [UInt8] {
            try check()
            return try self.key.seal(key, as: "service/" + place)
        }

        func unwrap(_ wrapped: [UInt8], as place: String) throws -> [UInt8] {
            try check()
            return try key.open(wrapped, as: "service/" + place)
        }

        var source: MasterKeySource { MasterKeySource(wrapping: { [self] in [self] }) }
    }

    private let now = Timestamp(milliseconds: 1_700_000_000_000)
    private let local = [UInt8](repeating: 1, count: 32)
    private let service: KeyService

    init() throws { service = try KeyService() }

    private func open(_ database: TestDatabase, with source: MasterKeySource) async throws -> Store {
        try await database.store(source, at: now)
    }

    private func add(_ name: String, to store: Store) async throws -> TenantID {
        let tenant = Tenant(
            id: TenantID(UUID()), name: name, kind: .live, status: .active, createdAt: now, resetsAt: nil)
        try await store.systemWrite {
            try $0.createTenant(tenant, dataKey: [UInt8](repeating: 9, count: 32), webhookSecret: "whsec_\(name)")
        }
        return tenant.id
    }

    private func secret(of tenant: TenantID, in store: Store) async throws -> String {
        try await store.read(tenant) { try $0.webhookSecrets().current }
    }

    @Test("An installation works with a key service alone", arguments: TestDatabase.engines)
    func alone(engine: TestDatabase.Engine) async throws {
        let database = try TestDatabase(on: engine)
        let first = try await open(database, with: service.source)
        let tenant = try await add("acme", to: first)
        await first.close()
        let second = try await open(database, with: service.source)
        #expect(try await secret(of: tenant, in: second) == "whsec_acme")
        await second.close()
        await #expect(throws: StoreError.wrongMasterKey) { await (try open(database, with: .fixed(local))).close() }
    }

    @Test("An installation moves from its master key to a key service", arguments: TestDatabase.engines)
    func moved(engine: TestDatabase.Engine) async throws {
        let database = try TestDatabase(on: engine)
        let first = try await open(database, with: .fixed(local))
        let tenant = try await add("acme", to: first)
        _ = try await first.systemWrite { [service] in try $0.rewrapKeys(under: service) }
        #expect(try await secret(of: try await add("later", to: first), in: first) == "whsec_later")
        await first.close()
        let second = try await open(database, with: service.source)
        #expect(try await secret(of: tenant, in: second) == "whsec_acme")
        await second.close()
        await #expect(throws: StoreError.wrongMasterKey) { await (try open(database, with: .fixed(local))).close() }
    }

    @Test(
        "While a key service does not respond, cached keys work, and transactions that need another key fail",
        arguments: TestDatabase.engines)
    func down(engine: TestDatabase.Engine) async throws {
        let database = try TestDatabase(on: engine)
        let store = try await open(database, with: service.source)
        let tenant = try await add("acme", to: store)
        service.setDown(true)
        #expect(try await secret(of: tenant, in: store) == "whsec_acme")
        let silence = StoreError.unavailable("the key service does not answer")
        await #expect(throws: silence) { _ = try await add("later", to: store) }
        await #expect(throws: silence) { await (try open(database, with: service.source)).close() }
        #expect(try await store.systemRead { try $0.tenants().map(\.name) } == ["acme"])
        service.setDown(false)
        #expect(try await secret(of: try await add("later", to: store), in: store) == "whsec_later")
        await store.close()
    }
}
