import Foundation
import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Identifiers that partners choose", .timeLimit(.minutes(3)))
struct IdentifierSealingTests {
    /// Identifiers with personal data, which partners should not use.
    private static let identifiers = ["quackenbush@example.com", "MRN-0042-QUACKENBUSH", "Ωmega-QUACKENBUSH"]

    private func service(_ installation: TestInstallation) -> TenantConversion {
        TenantConversion.identifiers(environment: installation.environment, logger: installation.logger)
    }

    private func adding(_ members: [(String, String)], to body: JSON) -> JSON {
        .object((body.members ?? []) + members.map { JSON.Member($0.0, .string($0.1)) })
    }

    /// Four patients and four orders for each identifier, and as many without.
    private func fill(_ installation: TestInstallation) async throws {
        let order = try await installation.order()
        for _ in 0..<4 {
            for identifier in IdentifierSealingTests.identifiers {
                _ = try await installation.patients.create(
                    body: adding([("external_id", identifier)], to: TestInstallation.patient()),
                    tenant: installation.tenant, idempotency: nil)
                _ = try await installation.place(
                    adding([("order_id", identifier), ("customer_id", "C " + identifier)], to: order))
            }
            _ = try await installation.createPatient()
            _ = try await installation.place(order)
        }
    }

    /// Sets rows back to an earlier version's form: with the identifier in clear, without its digest.
    /// - Parameter remainders: selects rows by the remainder of their number divided by four; orders by the next remainder.
    private func storeInCleartext(_ installation: TestInstallation, _ remainders: [Int] = [0, 1, 2, 3]) async throws {
        try await installation.environment.store.write(installation.tenant.id) { scope in
            let db = scope.db
            for row in try db.rows(
                "SELECT id, uuid FROM patients WHERE deleted_at IS NULL", [],
                {
                    (id: try $0.integer(0), uuid: try $0.text(1))
                }) where remainders.contains(Int(row.id % 4))
            {
                guard let id = PatientID(row.uuid), let patient = try scope.patient(id) else { continue }
                try db.send(
                    "UPDATE patients SET external_id_digest = NULL, external_id_in_clear = $2 WHERE id = $1",
                    [.integer(row.id), SQLValue(patient.details.externalID)])
            }
            for row in try db.rows(
                "SELECT id, uuid FROM orders", [],
                {
                    (id: try $0.integer(0), uuid: try $0.text(1))
                }) where remainders.contains(Int(row.id % 4))
            {
                guard let id = OrderID(row.uuid), let order = try scope.order(id)?.order else { continue }
                try db.send(
                    """
                    UPDATE orders SET reference_digest = NULL, customer_reference_digest = NULL,
                        reference_in_clear = $2, customer_reference_in_clear = $3
                    WHERE id = $1
                    """,
                    [
                        .integer(row.id), SQLValue(order.terms.reference), SQLValue(order.terms.customerReference),
                    ])
            }
            try db.send("UPDATE tenants SET clear_identifiers = 1", [])
        }
    }

    /// The lists' ids and totals for each identifier, and for others.
    private func found(_ installation: TestInstallation, perPage: Int = 3) async throws -> [[String]] {
        let page = PageRequest(page: 1, perPage: perPage)
        var lists: [[String]] = []
        for identifier in IdentifierSealingTests.identifiers + ["nobody's", "QUACKENBUSH"] {
            var patients = PatientFilter()
            patients.externalID = identifier
            var searched = patients
            searched.email = "jane"
            searched.updatedSince = Timestamp(milliseconds: 0)
            for filter in [patients, searched] {
                let list = try await installation.patients.list(filter, page: page, tenant: installation.tenant)
                lists.append(list.items.map(\.id) + ["\(list.total ?? -1)"])
            }
            var byReference = OrderFilter()
            byReference.reference = identifier
            var byCustomer = OrderFilter()
            byCustomer.customerReference = "C " + identifier
            var byBoth = byReference
            byBoth.customerReference = byCustomer.customerReference
            byBoth.status = .pending
            for filter in [byReference, byCustomer, byBoth] {
                let list = try await installation.orders.list(filter, page: page, tenant: installation.tenant)
                lists.append(list.items.map(\.id) + ["\(list.total ?? -1)"])
            }
        }
        return lists
    }

    /// How many rows have an identifier in clear, and how many a digest.
    private func counts(_ installation: TestInstallation) async throws -> [Int64] {
        try await installation.environment.store.systemRead { scope in
            try [
                "SELECT COUNT(external_id_in_clear) FROM patients", "SELECT COUNT(reference_in_clear) FROM orders",
                "SELECT COUNT(customer_reference_in_clear) FROM orders",
                "SELECT COUNT(external_id_digest) FROM patients", "SELECT COUNT(reference_digest) FROM orders",
                "SELECT COUNT(customer_reference_digest) FROM orders",
            ].compactMap { (statement: SQL) in try scope.db.row(statement, []) { try $0.integer(0) } }
        }
    }

    private static let done: [Int64] = [0, 0, 0, 12, 12, 12]

    private func operations(_ installation: TestInstallation) -> OperatorService {
        OperatorService(
            environment: installation.environment, setupTokens: SetupTokens(fixed: nil), wipeEvery: .hours(24))
    }

    private func rotate(_ installation: TestInstallation) async throws {
        #expect(try await operations(installation).rotateDataKeys(ofTenant: "sandbox").first?["rotation"] == "started")
    }

    private func reencrypt(_ installation: TestInstallation) async throws {
        _ = try await DataKeyRotation(
            environment: installation.environment, notifier: installation.notifier, logger: installation.logger
        ).reencryptDue()
    }

    @Test("Cleartext identifiers are found before, during and after their replacement by digests")
    func conversion() async throws {
        let installation = try await TestInstallation()
        try await fill(installation)
        let expected = try await found(installation)
        let totals = expected.compactMap(\.last)
        // Three identifiers, and two that are none: a part of one is not one.
        #expect(totals == [String](repeating: "4", count: 15) + [String](repeating: "0", count: 10))
        #expect(try await counts(installation) == IdentifierSealingTests.done)

        try await storeInCleartext(installation)
        #expect(try await counts(installation) == [12, 12, 12, 0, 0, 0])
        #expect(try await found(installation) == expected)
        var position: IdentifierPosition? = .start
        var steps = 0
        while let current = position {
            position = try await installation.environment.store.write(installation.tenant.id) {
                try $0.encryptIdentifiers(after: current, limit: 3)
            }
            steps += 1
            #expect(try await found(installation) == expected)
        }
        #expect(steps > 8)
        #expect(try await counts(installation) == IdentifierSealingTests.done)
        #expect(try await installation.environment.store.systemRead { try $0.tenantsWithClearIdentifiers() } == [])
    }

    @Test("An interrupted replacement begins again, and leaves no cleartext")
    func resumes() async throws {
        let installation = try await TestInstallation()
        try await fill(installation)
        let expected = try await found(installation)
        try await storeInCleartext(installation)
        _ = try await installation.environment.store.write(installation.tenant.id) {
            try $0.encryptIdentifiers(after: .start, limit: 5)
        }
        // A conversion that starts after rows in clear finds them before it ends.
        let last = try await installation.environment.store.write(installation.tenant.id) {
            try $0.encryptIdentifiers(after: .orders(after: 1_000), limit: 5)
        }
        #expect(last == .start)
        #expect(try await service(installation).convertDue() == nil)
        #expect(try await counts(installation) == IdentifierSealingTests.done)
        #expect(try await found(installation) == expected)
    }

    @Test("Identifiers are found under either data key during its rotation, also former cleartext ones")
    func rotation() async throws {
        let installation = try await TestInstallation()
        try await fill(installation)
        let expected = try await found(installation)
        // Half of the rows of an earlier version, then another key, then half of these converted under it.
        try await storeInCleartext(installation, [0, 1])
        try await rotate(installation)
        #expect(try await found(installation) == expected)
        _ = try await installation.environment.store.write(installation.tenant.id) {
            try $0.encryptIdentifiers(after: .start, limit: 8)
        }
        #expect(try await found(installation) == expected)
        let now = installation.time.now()
        for _ in 0..<3 {
            _ = try await installation.environment.store.write(installation.tenant.id) {
                try $0.reencryptSome(limit: 8, at: now)
            }
            #expect(try await found(installation) == expected)
        }
        try await reencrypt(installation)
        #expect(try await found(installation) == expected)
        _ = try await service(installation).convertDue()
        #expect(try await counts(installation) == IdentifierSealingTests.done)
        // The previous key is removed: all digests are under the present one.
        installation.time.advance(by: .hours(24))
        try await reencrypt(installation)
        #expect(try await found(installation) == expected)
    }

    @Test("An order that changes during a data key rotation has consistent digests")
    func changedWhileReplaced() async throws {
        let installation = try await TestInstallation()
        let order = try await installation.place(
            adding([("order_id", "A"), ("customer_id", "B")], to: try await installation.order()))
        try await rotate(installation)
        _ = try await installation.controls.advance(order, to: .confirmed, tenant: installation.tenant)
        try await reencrypt(installation)
        installation.time.advance(by: .hours(24))
        try await reencrypt(installation)
        var filter = OrderFilter()
        filter.reference = "A"
        filter.customerReference = "B"
        let list = try await installation.orders.list(
            filter, page: PageRequest(page: 1, perPage: 5), tenant: installation.tenant)
        #expect(list.items.map(\.id) == [order.description])
    }

    @Test("After a change or a deletion, a patient is not found by the old identifier, in cleartext or not")
    func changes() async throws {
        let installation = try await TestInstallation()
        try await fill(installation)
        try await storeInCleartext(installation)
        var filter = PatientFilter()
        filter.externalID = IdentifierSealingTests.identifiers[0]
        let wanted = filter
        func ids() async throws -> [PatientID] {
            try await installation.patients.list(
                wanted, page: PageRequest(page: 1, perPage: 10), tenant: installation.tenant
            ).items.compactMap { PatientID($0.id) }
        }
        let before = try await ids()
        #expect(before.count == 4)
        _ = try await installation.patients.update(
            before[0], body: ["external_id": "another"], tenant: installation.tenant)
        _ = try await installation.patients.update(before[1], body: ["external_id": .null], tenant: installation.tenant)
        try await installation.patients.delete(before[2], tenant: installation.tenant)
        #expect(try await ids() == [before[3]])
        #expect(try await service(installation).convertDue() == nil)
        #expect(try await ids() == [before[3]])
        #expect(try await counts(installation).prefix(4) == [0, 0, 0, 10])
    }

    @Test("A tenant whose key cannot be unwrapped does not delay the others, and is retried")
    func isolated() async throws {
        let installation = try await TestInstallation()
        _ = try await operations(installation).createTenant(named: "acme", kind: .live)
        try await fill(installation)
        let expected = try await found(installation)
        try await storeInCleartext(installation)
        let store = installation.environment.store
        try await store.systemWrite {
            try $0.db.send(
                "UPDATE tenants SET previous_data_key = data_key, data_key = 1 WHERE name = 'sandbox'", [])
        }
        #expect(try await service(installation).convertDue() == installation.time.now() + ServiceLimits.failureWait)
        #expect(try await store.systemRead { try $0.tenantsWithClearIdentifiers() } == [installation.tenant.id])
        try await store.systemWrite {
            try $0.db.send(
                "UPDATE tenants SET data_key = previous_data_key, previous_data_key = NULL WHERE name = 'sandbox'", [])
        }
        #expect(try await service(installation).convertDue() == nil)
        #expect(try await counts(installation) == IdentifierSealingTests.done)
        #expect(try await found(installation) == expected)
    }

    @Test("A wiped sandbox and a new tenant have no cleartext identifiers")
    func wiped() async throws {
        let installation = try await TestInstallation()
        try await fill(installation)
        try await storeInCleartext(installation)
        try await installation.controls.wipe(installation.tenant)
        #expect(try await installation.environment.store.systemRead { try $0.tenantsWithClearIdentifiers() } == [])
    }

    @Test("After the replacement, the file contains no identifier in cleartext")
    func bytes() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let path = directory.appending(path: "test.sqlite").path
        let installation = try await TestInstallation(
            opening: { try SQLiteEngine(path: path, readingThreads: 1, notifier: $0) })
        try await fill(installation)
        /// How often an identifier occurs in the database and its write-ahead file.
        func occurrences() throws -> Int {
            var count = 0
            for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
                let bytes = try Data(contentsOf: directory.appending(path: name))
                for identifier in IdentifierSealingTests.identifiers {
                    var start = bytes.startIndex
                    while let hit = bytes.range(of: Data(identifier.utf8), in: start..<bytes.endIndex) {
                        count += 1
                        start = hit.upperBound
                    }
                }
            }
            return count
        }
        #expect(try occurrences() == 0, "no new row has any")
        try await storeInCleartext(installation)
        #expect(try occurrences() > 0)
        #expect(try await service(installation).convertDue() == nil)
        // The last connection that closes writes the write-ahead file back.
        await installation.close()
        #expect(try occurrences() == 0)
        #expect(try Data(contentsOf: URL(filePath: path)).count > 100_000)
    }

    // MARK: Statements

    private func plans(_ installation: TestInstallation, _ log: StatementLog, _ part: String) async throws -> [[String]]
    {
        var plans: [[String]] = []
        for (statement, binds) in log.all where statement.text.contains(part) {
            // A query with more conditions may choose among indexes.
            guard statement.text.hasPrefix("SELECT"), !statement.text.contains("status =") else { continue }
            plans.append(
                try await installation.environment.store.systemRead { scope in
                    try scope.db.rows("EXPLAIN QUERY PLAN" + statement, binds) { try $0.text(3) }
                })
        }
        return plans
    }

    @Test(
        "Identifiers are found by index, in its order, with one index for each stored form",
        .disabled(if: TestDatabase.isPostgreSQL, "tests SQLite's query plans"),
        arguments: [
            ("external_id_digest =", "patients_by_external_id_digest", "patients_by_external_id "),
            ("AND reference_digest =", "orders_by_reference_digest", "orders_by_reference "),
            ("customer_reference_digest =", "orders_by_customer_digest", "orders_by_customer "),
        ])
    func plans(part: String, index: String, clearIndex: String) async throws {
        let log = StatementLog()
        let installation = try await TestInstallation(statements: log)
        _ = try await found(installation)
        let settled = try await plans(installation, log, part)
        #expect(!settled.isEmpty)
        for plan in settled {
            // A count comes with the database's epoch.
            let steps = plan.filter { !$0.hasPrefix("SCALAR SUBQUERY") && !$0.hasPrefix("SEARCH incarnation") }
            #expect(
                !steps.isEmpty && steps.allSatisfy { $0.contains(index + " ") && !$0.contains("ORDER BY") }, "\(plan)")
        }
        _ = log.take()
        try await storeInCleartext(installation)
        try await rotate(installation)
        _ = log.take()
        _ = try await found(installation)
        let between = try await plans(installation, log, part)
        #expect(!between.isEmpty)
        for plan in between {
            #expect(!plan.contains { $0.hasPrefix("SCAN ") }, "\(plan)")
            #expect(plan.contains { $0.contains(index + " ") }, "\(plan)")
            #expect(plan.contains { $0.contains(clearIndex) }, "\(plan)")
        }
    }

    @Test("Writing a patient or an order does not update the tenant's row")
    func tenantRow() async throws {
        let log = StatementLog()
        let installation = try await TestInstallation(statements: log)
        let body = try await installation.order(webhookURLs: ["http://127.0.0.1:9/hook"])
        _ = log.take()
        let order = try await installation.place(body)
        _ = try await installation.controls.advance(order, to: .shipped, tenant: installation.tenant)
        let patient = try await installation.createPatient()
        _ = try await installation.patients.update(patient, body: ["city": "Waco"], tenant: installation.tenant)
        try await installation.patients.delete(patient, tenant: installation.tenant)
        try await installation.endDueDeliveries(as: .succeeded)
        let statements = log.all.keys.map(\.text)
        #expect(statements.contains { $0.hasPrefix("INSERT INTO order_events") })
        #expect(!statements.contains { $0.hasPrefix("UPDATE tenants") })
    }
}
