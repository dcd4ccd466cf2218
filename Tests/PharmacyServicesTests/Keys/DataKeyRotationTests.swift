import Foundation
import Logging
import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Rotation of data keys", .timeLimit(.minutes(3)))
struct DataKeyRotationTests {
    private static let sealedColumns: [SQL] = [
        "SELECT document FROM patients WHERE document IS NOT NULL",
        "SELECT email FROM patients WHERE email IS NOT NULL",
        "SELECT document FROM orders", "SELECT patient_snapshot FROM orders", "SELECT payload FROM order_events",
        "SELECT url FROM webhook_endpoints", "SELECT answer FROM webhook_attempts",
        "SELECT webhook_secret FROM tenants", "SELECT document FROM registered_endpoints",
    ]

    private func service(_ installation: TestInstallation) -> DataKeyRotation {
        DataKeyRotation(
            environment: installation.environment, notifier: installation.notifier, logger: installation.logger)
    }

    private func operations(_ installation: TestInstallation) -> OperatorService {
        OperatorService(
            environment: installation.environment, setupTokens: SetupTokens(fixed: nil),
            wipeEvery: .hours(24))
    }

    /// The numbers of the keys with which records are sealed.
    private func keysInUse(_ installation: TestInstallation) async throws -> Set<Int64> {
        try await installation.environment.store.systemRead { scope in
            Set(
                try DataKeyRotationTests.sealedColumns.flatMap { column in
                    let keys = try scope.db.rows(column, []) { try SealingKey.keyNumber(of: try $0.blob(0)) }
                    #expect(!keys.isEmpty, "\(column)")
                    return keys
                })
        }
    }

    private func rotate(_ installation: TestInstallation) async throws -> JSON? {
        try await operations(installation).rotateDataKeys(ofTenant: "sandbox").first?["rotation"]
    }

    /// An order whose first webhook was delivered, to a URL at which an endpoint is registered.
    private func placeOrder(_ installation: TestInstallation) async throws -> OrderID {
        if try await installation.webhooks.endpoints(tenant: installation.tenant).isEmpty {
            _ = try await installation.webhooks.createEndpoint(
                body: ["url": "http://127.0.0.1:9/hook"], tenant: installation.tenant)
        }
        let order = try await installation.place(
            try await installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
        try await installation.endDueDeliveries(as: .succeeded, response: Array("ok".utf8))
        return order
    }

    @Test("Everything is readable before, during and after re-encryption, and nothing stays under the old key")
    func reseals() async throws {
        let installation = try await TestInstallation()
        let request = IdempotencyRequest(key: "k", operation: "POST patients", body: [1])
        let first = try await installation.patients.create(
            body: TestInstallation.patient(), tenant: installation.tenant, idempotency: request)
        let order = try await placeOrder(installation)
        let before = try await installation.order(order)
        let old = try await keysInUse(installation)
        #expect(old.count == 1)

        #expect(try await rotate(installation) == "started")
        #expect(try await rotate(installation) == "under_way")
        #expect(try await installation.order(order) == before)
        // Records are found by digests under both keys.
        let twin = try await installation.patients.create(
            body: TestInstallation.patient(), tenant: installation.tenant, idempotency: nil)
        #expect(twin.value.possibleDuplicates.count == 2)
        let replay = try await installation.patients.create(
            body: TestInstallation.patient(), tenant: installation.tenant, idempotency: request)
        #expect(replay.isReplay)
        #expect(replay.value.patient == first.value.patient)
        _ = try await placeOrder(installation)
        #expect(try await keysInUse(installation).count == 2)

        let due = try await service(installation).reencryptDue()
        let new = try await keysInUse(installation)
        #expect(new.count == 1)
        #expect(new.isDisjoint(with: old))
        #expect(try await installation.order(order) == before)
        let endpoints = try await installation.environment.store.systemRead {
            try $0.db.row("SELECT COUNT(*) FROM webhook_endpoints", []) { try $0.integer(0) }
        }
        #expect(endpoints == 1)
        let likes = try await installation.patients.create(
            body: TestInstallation.patient(), tenant: installation.tenant, idempotency: nil)
        #expect(likes.value.possibleDuplicates.count == 4)

        // The previous key is retained until the last idempotency record under it expires.
        #expect(due == installation.time.now() + .hours(24))
        let again = try await installation.patients.create(
            body: TestInstallation.patient(), tenant: installation.tenant, idempotency: request)
        #expect(again.isReplay)
        installation.time.advance(by: .hours(24))
        #expect(try await service(installation).reencryptDue() == nil)
        #expect(try await dataKeys(installation) == new)
        #expect(try await installation.order(order) == before)
        #expect(try await rotate(installation) == "started")
    }

    @Test(
        "Duplicates of an order are recognized under a new data key, before and after earlier orders are re-encrypted")
    func duplicates() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order()
        func alike() async throws -> [OrderID] {
            try await installation.orders.submit(
                body: body, dryRun: true, tenant: installation.tenant, idempotency: nil
            ).value.possibleDuplicates
        }
        let order = try await installation.place(body)
        #expect(try await rotate(installation) == "started")
        #expect(try await alike() == [order])
        _ = try await service(installation).reencryptDue()
        #expect(try await alike() == [order])
    }

    @Test("Records whose representation is not the document are re-encrypted as they are")
    func laterRepresentation() async throws {
        let installation = try await TestInstallation(renderings: .version2)
        let (patients, tenant) = (installation.patients, installation.tenant)
        let patient = try await installation.createPatient()
        _ = try await patients.update(patient, body: ["external_id": "E-1"], tenant: tenant)
        let order = try await placeOrder(installation)
        func shown() async throws -> [Representation] {
            var byIdentifier = PatientFilter()
            byIdentifier.externalID = "E-1"
            let page = PageRequest(page: 1, perPage: 5)
            return [
                try await patients.get(patient, tenant: tenant),
                try await installation.orders.get(order, tenant: tenant),
            ] + (try await patients.list(byIdentifier, page: page, tenant: tenant).items)
        }
        let before = try await shown()
        #expect(before.map(\.version) == [2, 2, 2] && before[0] == before[2])
        let old = try await keysInUse(installation)
        #expect(try await rotate(installation) == "started")
        _ = try await service(installation).reencryptDue()
        #expect(try await keysInUse(installation).isDisjoint(with: old))
        #expect(try await shown() == before)
        #expect(try JSON.parse(before[0].bytes)["v2"]?["external_id"] == "E-1")
    }

    private func dataKeys(_ installation: TestInstallation) async throws -> Set<Int64> {
        try await installation.environment.store.systemRead {
            Set(try $0.db.rows("SELECT id FROM wrapped_keys WHERE purpose = 'tenant-data'", []) { try $0.integer(0) })
        }
    }

    @Test("Interrupted re-encryption continues where it was, and the operator sees its progress")
    func resumes() async throws {
        let installation = try await TestInstallation()
        for number in 0..<5 { _ = try await installation.createPatient(email: "p\(number)@example.com") }
        _ = try await placeOrder(installation)
        _ = try await rotate(installation)
        let now = installation.time.now()
        for _ in 0..<2 {
            let more = try await installation.environment.store.write(installation.tenant.id) {
                try $0.reencryptSome(limit: 2, at: now)
            }
            #expect(more.mayBeMore)
        }
        let halfway = try #require(try await operations(installation).dataKeys(ofTenant: nil).first)
        #expect(halfway["records_sealed_anew"] == 4)
        #expect(halfway["sealed_anew_at"] == .null)
        _ = try await service(installation).reencryptDue()
        #expect(try await keysInUse(installation).count == 1)
        let done = try #require(try await operations(installation).dataKeys(ofTenant: nil).first)
        #expect(done["sealed_anew_at"] == JSON(now))
        #expect(done["old_key_until"] == JSON(now + .hours(24)))
    }

    @Test("A sandbox that is wiped during re-encryption has one key again, and a deleted tenant none")
    func wiped() async throws {
        let installation = try await TestInstallation()
        _ = try await installation.createPatient()
        _ = try await rotate(installation)
        try await installation.controls.wipe(installation.tenant)
        #expect(try await service(installation).reencryptDue() == nil)
        #expect(try await dataKeys(installation).count == 1)
        #expect(try await rotate(installation) == "started")

        _ = try await operations(installation).createTenant(named: "acme", kind: .live)
        _ = try await operations(installation).rotateDataKeys(ofTenant: "acme")
        #expect(try await dataKeys(installation).count == 4)
        try await operations(installation).deleteTenant(named: "acme")
        #expect(try await dataKeys(installation).count == 2)
    }

    @Test("Records that are written during re-encryption keep the written content")
    func duringReencryption() async throws {
        let installation = try await TestInstallation()
        var patients: [PatientID] = []
        for number in 0..<30 { patients.append(try await installation.createPatient(email: "p\(number)@example.com")) }
        _ = try await placeOrder(installation)
        _ = try await rotate(installation)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await service(installation).reencryptDue() }
            for (number, patient) in patients.enumerated() {
                group.addTask {
                    _ = try await installation.patients.update(
                        patient, body: ["city": .string("City \(Character(UnicodeScalar(UInt8(65 + number % 26))))")],
                        tenant: installation.tenant)
                }
            }
            try await group.waitForAll()
        }
        for (number, patient) in patients.enumerated() {
            let document = try JSON.parse(
                try await installation.patients.get(patient, tenant: installation.tenant).bytes)
            #expect(document["city"]?.text == "City \(Character(UnicodeScalar(UInt8(65 + number % 26))))")
            #expect(document["email"]?.text == "p\(number)@example.com")
        }
        #expect(try await keysInUse(installation).count == 1)
    }
}
