import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

/// The remains of erased records in the files of a SQLite database.
@Suite("Erasure", .timeLimit(.minutes(3)))
struct ErasureTests {
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)

    /// A store in its own file with one tenant and one patient.
    private struct Fixture {
        let path = SampleInstallation.newPath()
        let store: Store
        let tenant: TenantID
        let patient: PatientID

        init() async throws {
            let engine = try SQLiteEngine(path: path, readingThreads: 1, notifier: ChangeNotifier())
            let store = try await Store(
                engine: engine, masterKey: .fixed(SampleInstallation.masterKey), now: ErasureTests.now)
            let tenant = Tenant(
                id: Identifier(UUID()), name: "acme", kind: .live, status: .active, createdAt: ErasureTests.now,
                resetsAt: nil)
            let patient = Patient(
                id: Identifier(UUID()),
                details: try PatientDetails(parsing: Fixture.details, today: CalendarDate(ErasureTests.now)),
                createdAt: ErasureTests.now, updatedAt: ErasureTests.now)
            try await store.systemWrite { scope in
                try scope.createTenant(
                    tenant, dataKey: [UInt8](repeating: 2, count: 32), webhookSecret: "whsec_canary")
                let own = try scope.tenant(tenant.id)
                _ = try own.stamp(at: ErasureTests.now)
                try own.insertPatient(patient)
            }
            self.store = store
            self.tenant = tenant.id
            self.patient = patient.id
        }

        private static let details: JSON = [
            "first_name": "Jane", "last_name": "Doe", "date_of_birth": "1984-02-29", "gender": "F",
            "email": "jane.doe@example.com", "address1": "12 Main Street", "city": "Austin", "state": "TX",
            "zip": "78701",
        ]

        /// The tenant's wrapped keys.
        func wrappedKeys() async throws -> [[UInt8]] {
            try await store.systemRead { [tenant] scope in
                try scope.db.rows(
                    "SELECT wrapped FROM wrapped_keys WHERE name = $1", [.text(tenant.description)]
                ) { try $0.blob(0) }
            }
        }

        func sealedPatient() async throws -> [UInt8] {
            let sealed = try await store.systemRead { scope in
                try scope.db.row("SELECT document FROM patients WHERE document IS NOT NULL", []) { try $0.blob(0) }
            }
            return try #require(sealed)
        }

        /// The files that contain any of several byte strings.
        func files(with needles: [UInt8]...) throws -> [String] {
            try ["", "-wal", "-shm", "-journal"].filter { suffix in
                guard FileManager.default.fileExists(atPath: path + suffix) else { return false }
                let bytes = try Data(contentsOf: URL(filePath: path + suffix))
                return needles.contains { bytes.range(of: Data($0)) != nil }
            }
        }
    }

    @Test("A deleted tenant's wrapped key and records are in none of the database's files once erasure is finished")
    func tenant() async throws {
        let fixture = try await Fixture()
        let (key, patient) = (try #require(try await fixture.wrappedKeys().first), try await fixture.sealedPatient())
        _ = try await fixture.store.finishErasure()
        #expect(try fixture.files(with: key) == [""])
        #expect(try fixture.files(with: patient) == [""])
        #expect(!fixture.store.hasPendingErasure)

        // Written again, so that the write-ahead file contains the records that are erased next.
        try await fixture.store.systemWrite { scope in
            try scope.db.run("UPDATE wrapped_keys SET created_at = created_at + 1", [])
            try scope.db.run("UPDATE patients SET updated_at = updated_at + 1", [])
        }
        try await fixture.store.erase(fixture.tenant)
        #expect(fixture.store.hasPendingErasure)
        #expect(try fixture.files(with: key).contains("-wal"), "that is what the checkpoint is for")
        #expect(try await fixture.store.finishErasure())
        #expect(!fixture.store.hasPendingErasure)
        #expect(try fixture.files(with: key, patient) == [])
        await fixture.store.close()
    }

    @Test("A deleted patient's record is in none of the files either")
    func patient() async throws {
        let fixture = try await Fixture()
        let sealed = try await fixture.sealedPatient()
        _ = try await fixture.store.finishErasure()
        let patient = fixture.patient
        let isDeleted = try await fixture.store.write(fixture.tenant) { scope in
            try scope.deletePatient(patient, at: ErasureTests.now)
        }
        #expect(isDeleted)
        #expect(fixture.store.hasPendingErasure)
        #expect(try await fixture.store.finishErasure())
        #expect(try fixture.files(with: sealed) == [])
        await fixture.store.close()
    }

    @Test("Neither are a previous data key, and keys wrapped by a previous master key")
    func replacedKeys() async throws {
        let fixture = try await Fixture()
        let first = try #require(try await fixture.wrappedKeys().first)
        try await fixture.store.write(fixture.tenant) { scope in
            _ = try scope.rotateDataKey(with: [UInt8](repeating: 3, count: 32), at: ErasureTests.now)
        }
        while try await fixture.store.write(
            fixture.tenant, { try $0.reencryptSome(limit: 10, at: ErasureTests.now).mayBeMore })
        {}
        try await fixture.store.write(fixture.tenant) { try $0.retirePreviousDataKey() }
        #expect(try await fixture.store.finishErasure())
        #expect(try fixture.files(with: first) == [])

        let second = try #require(try await fixture.wrappedKeys().first)
        _ = try await fixture.store.systemWrite { try $0.rewrapKeys(under: [UInt8](repeating: 9, count: 32)) }
        #expect(fixture.store.hasPendingErasure)
        #expect(try await fixture.store.finishErasure())
        #expect(try fixture.files(with: second) == [])
        await fixture.store.close()
    }

    @Test("Both engines finish an erasure and keep working", arguments: TestDatabase.engines)
    func engines(engine: TestDatabase.Engine) async throws {
        let store = try await Store(
            engine: try TestDatabase(on: engine).open(), masterKey: .fixed(SampleInstallation.masterKey),
            now: ErasureTests.now)
        let tenant = Tenant(
            id: Identifier(UUID()), name: "acme", kind: .live, status: .active, createdAt: ErasureTests.now,
            resetsAt: nil)
        try await store.systemWrite {
            try $0.createTenant(tenant, dataKey: [UInt8](repeating: 2, count: 32), webhookSecret: "whsec_")
        }
        #expect(!store.hasPendingErasure)
        try await store.erase(tenant.id)
        #expect(store.hasPendingErasure)
        #expect(try await store.finishErasure())
        #expect(!store.hasPendingErasure)
        await #expect(throws: StoreError.noSuchTenant) { try await store.read(tenant.id) { _ in } }
        await store.close()
    }
}
