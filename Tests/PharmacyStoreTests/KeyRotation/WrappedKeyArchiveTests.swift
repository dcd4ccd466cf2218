import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Backups without keys, and exported keys", .timeLimit(.minutes(3)))
struct WrappedKeyArchiveTests {
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)

    private func open(_ path: String) async throws -> Store {
        try await Store(
            engine: try SQLiteEngine(path: path, readingThreads: 1, notifier: ChangeNotifier()),
            masterKey: .fixed(SampleInstallation.masterKey), now: WrappedKeyArchiveTests.now)
    }

    private func create(_ name: String, key: UInt8, in store: Store) async throws -> TenantID {
        let tenant = Tenant(
            id: Identifier(UUID()), name: name, kind: .live, status: .active, createdAt: WrappedKeyArchiveTests.now,
            resetsAt: nil)
        try await store.systemWrite {
            try $0.createTenant(
                tenant, dataKey: [UInt8](repeating: key, count: 32), webhookSecret: "whsec_\(name)")
        }
        return tenant.id
    }

    private func archive(_ store: Store) async throws -> WrappedKeyArchive {
        let bytes = try await store.systemRead {
            try $0.wrappedKeyArchive(identifiedBy: "sandbox", at: WrappedKeyArchiveTests.now).document.bytes
        }
        return try WrappedKeyArchive(bytes)
    }

    private func wrapped(_ store: Store) async throws -> [[UInt8]] {
        try await store.systemRead { scope in
            try scope.db.rows("SELECT wrapped FROM wrapped_keys", []) { try $0.blob(0) }
        }
    }

    @Test("A backup without keys contains no byte of them, and is complete with the exported keys")
    func apart() async throws {
        let path = SampleInstallation.newPath()
        let store = try await open(path)
        _ = try await create("sandbox", key: 2, in: store)
        let acme = try await create("acme", key: 3, in: store)
        let keys = try await wrapped(store)
        #expect(keys.count == 5)
        let archive = try await archive(store)
        #expect(archive.count == keys.count)
        await store.close()

        let (whole, bare) = (SampleInstallation.newPath(), SampleInstallation.newPath())
        try SQLiteBackup.copy(path, to: whole)
        try SQLiteBackup.copy(path, to: bare, keys: false)
        #expect(try !WrappedKeyArchive.lacksKeys(at: whole))
        #expect(try WrappedKeyArchive.lacksKeys(at: bare))
        let (full, bytes) = (try Data(contentsOf: URL(filePath: whole)), try Data(contentsOf: URL(filePath: bare)))
        for key in keys {
            #expect(full.range(of: Data(key)) != nil)
            // Not even the end of a key, which might remain in a page.
            #expect(bytes.range(of: Data(key.suffix(16))) == nil)
        }
        await #expect(throws: StoreError.self) { try await open(bare) }

        #expect(try archive.restore(to: bare, identifiedBy: "sandbox") == [])
        let restored = try await open(bare)
        #expect(
            try await wrapped(restored).sorted { $0.lexicographicallyPrecedes($1) }
                == keys.sorted { $0.lexicographicallyPrecedes($1) })
        #expect(try await restored.read(acme) { try $0.webhookSecrets().current } == "whsec_acme")
        await restored.close()
        #expect(throws: WrappedKeyArchiveError.hasKeys) { try archive.restore(to: bare, identifiedBy: "sandbox") }
    }

    @Test("A tenant whose key is in no export is erased from the backup and reported")
    func erased() async throws {
        let path = SampleInstallation.newPath()
        let store = try await open(path)
        _ = try await create("sandbox", key: 2, in: store)
        let (acme, other) = (
            try await create("acme", key: 3, in: store), try await create("other", key: 4, in: store)
        )
        let bare = SampleInstallation.newPath()
        try SQLiteBackup.copy(path, to: bare, keys: false)
        try await store.erase(acme)
        let archive = try await archive(store)
        await store.close()

        #expect(try archive.restore(to: bare, identifiedBy: "sandbox") == [ErasedTenant(id: acme, name: "acme")])
        let restored = try await open(bare)
        await #expect(throws: StoreError.noSuchTenant) { try await restored.read(acme) { _ in } }
        #expect(try await restored.read(other) { try $0.webhookSecrets().current } == "whsec_other")
        #expect(try await restored.systemRead { try $0.unreadableKeyCount() } == 0)
        await restored.close()
    }

    @Test("Keys that are damaged, of another installation, or too new for a tenant in rotation are refused")
    func refused() async throws {
        let path = SampleInstallation.newPath()
        let store = try await open(path)
        _ = try await create("sandbox", key: 2, in: store)
        let acme = try await create("acme", key: 3, in: store)
        let bytes = try await archive(store).document.bytes
        let text = String(decoding: bytes, as: UTF8.self)
        for damaged in [
            "", "{}", String(text.dropLast()), text.replacing("\"version\":1", with: "\"version\":2"),
            text.replacing("tenant-data", with: "signing"),
        ] {
            #expect(throws: WrappedKeyArchiveError.unreadable) { try WrappedKeyArchive(Array(damaged.utf8)) }
        }

        let another = try await open(SampleInstallation.newPath())
        _ = try await create("sandbox", key: 2, in: another)
        let strange = try await archive(another)
        await another.close()
        let bare = SampleInstallation.newPath()
        try SQLiteBackup.copy(path, to: bare, keys: false)
        #expect(throws: WrappedKeyArchiveError.otherInstallation) {
            try strange.restore(to: bare, identifiedBy: "sandbox")
        }
        #expect(try WrappedKeyArchive.lacksKeys(at: bare), "nothing is left of what was refused")

        _ = try await store.write(acme) {
            try $0.rotateDataKey(with: [UInt8](repeating: 5, count: 32), at: WrappedKeyArchiveTests.now)
        }
        let half = SampleInstallation.newPath()
        try SQLiteBackup.copy(path, to: half, keys: false)
        while try await store.write(acme, { try $0.reencryptSome(limit: 10, at: WrappedKeyArchiveTests.now).mayBeMore })
        {}
        try await store.write(acme) { try $0.retirePreviousDataKey() }
        let late = try await archive(store)
        await store.close()
        #expect(throws: WrappedKeyArchiveError.halfReadable(tenant: "acme")) {
            try late.restore(to: half, identifiedBy: "sandbox")
        }
    }
}
