import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

/// The elements that paging through a list has returned.
private struct Walk {
    private(set) var items: [JSON] = []
    private(set) var pages = 0

    var ids: [String] { items.compactMap { ($0["uuid"] ?? $0["id"])?.text } }

    /// The latest returned state of each element, by its id.
    var newest: [String: JSON] { Dictionary(zip(ids, items)) { _, last in last } }

    /// Reads a list to its end: the first page by its number, all others by cursor.
    /// - Parameter between: is called after each page, with its number.
    init<Item>(
        _ perPage: Int, of list: (PageRequest) async throws -> Page<Item>, as json: (Item) throws -> JSON,
        between: (Int) async throws -> Void = { _ in }
    ) async throws {
        var request = PageRequest(page: 1, perPage: perPage)
        while true {
            let page = try await list(request)
            pages += 1
            #expect(page.items.count <= perPage && (page.total == nil) == (request.cursor != nil))
            items += try page.items.map(json)
            guard case .after(let cursor) = page.next else {
                #expect(page.next == .end)
                return
            }
            try await between(pages)
            request = PageRequest(after: cursor, perPage: perPage)
        }
    }
}

extension TestInstallation {
    fileprivate func walkPatients(
        _ filter: PatientFilter = PatientFilter(), perPage: Int = 3, between: (Int) async throws -> Void = { _ in }
    ) async throws -> Walk {
        try await Walk(
            perPage, of: { try await patients.list(filter, page: $0, tenant: tenant) },
            as: { try JSON.parse($0.bytes) }, between: between)
    }

    fileprivate func walkOrders(
        _ filter: OrderFilter = OrderFilter(), perPage: Int = 2, between: (Int) async throws -> Void = { _ in }
    ) async throws -> Walk {
        try await Walk(
            perPage, of: { try await orders.list(filter, page: $0, tenant: tenant) },
            as: { try JSON.parse($0.bytes) }, between: between)
    }

    fileprivate func walkDeliveries(
        _ filter: DeliveryFilter = DeliveryFilter(), between: (Int) async throws -> Void = { _ in }
    ) async throws -> Walk {
        try await Walk(
            2, of: { try await webhooks.deliveries(filter, page: $0, tenant: tenant) }, as: { $0.json },
            between: between)
    }

    fileprivate func createPatients(_ count: Int) async throws -> [PatientID] {
        var ids: [PatientID] = []
        for number in 0..<count { ids.append(try await createPatient(email: "p\(number)@example.com")) }
        return ids
    }

    fileprivate func rename(_ id: PatientID, _ name: String) async throws {
        _ = try await patients.update(id, body: ["first_name": .string(name)], tenant: tenant)
    }
}

extension PatientFilter {
    fileprivate init(since moment: Timestamp, email: String? = nil, includesDeleted: Bool = false) {
        self.init()
        updatedSince = moment
        self.email = email
        self.includesDeleted = includesDeleted
    }
}

@Suite("Paging through lists that change", .timeLimit(.minutes(3)))
struct ListWalkTests {
    @Test(
        "Paging by change returns every patient in the latest state, however many change meanwhile",
        arguments: [nil, "example.com"], [Duration.zero, .milliseconds(1)])
    func patientsByChange(email: String?, tick: Duration) async throws {
        let installation = try await TestInstallation()
        let start = installation.time.now()
        let ids = try await installation.createPatients(20)
        let walk = try await installation.walkPatients(PatientFilter(since: start, email: email)) { page in
            guard page <= 6 else { return }
            installation.time.advance(by: tick)
            // A returned element, one of the next page, and one of a later page.
            for index in [page * 3 - 2, page * 3, 19] {
                try await installation.rename(ids[index], String(repeating: "A", count: page))
            }
        }
        #expect(Set(walk.ids) == Set(ids.map(\.description)))
        for id in ids {
            let now = try JSON.parse(try await installation.patients.get(id, tenant: installation.tenant).bytes)
            #expect(walk.newest[id.description] == now)
        }
        #expect(walk.ids.count > ids.count)
    }

    @Test("A copy that is updated by paging becomes complete despite concurrent writers")
    func copy() async throws {
        let installation = try await TestInstallation()
        let tenant = installation.tenant
        let ids = try await installation.createPatients(12)
        var copy: [String: JSON] = [:]
        func follow(since: Timestamp) async throws -> Timestamp {
            let walk = try await installation.walkPatients(PatientFilter(since: since, includesDeleted: true))
            copy.merge(walk.newest) { _, latest in latest }
            let seen = walk.items.last.flatMap { ($0["updated_at"] ?? $0["deleted_at"])?.text }
            return seen.flatMap { Timestamp($0) } ?? since
        }
        var since = installation.time.now()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<3 {
                group.addTask {
                    for round in 1...6 {
                        installation.time.advance(by: .milliseconds(170))
                        try await installation.rename(ids[writer * 4 + round % 3], String(repeating: "A", count: round))
                    }
                    try await installation.patients.delete(ids[writer * 4 + 3], tenant: tenant)
                }
            }
            for _ in 0..<8 { since = try await follow(since: since) }
            try await group.waitForAll()
        }
        _ = try await follow(since: since)
        for (index, id) in ids.enumerated() {
            if index % 4 == 3 {
                #expect(copy[id.description]?.members?.map(\.name) == ["uuid", "deleted_at"])
            } else {
                let now = try JSON.parse(try await installation.patients.get(id, tenant: tenant).bytes)
                #expect(copy[id.description] == now)
            }
        }
    }

    @Test(
        "Paging by creation returns each patient that existed throughout once, newest first",
        arguments: [nil, "example.com"])
    func patientsByCreation(email: String?) async throws {
        let installation = try await TestInstallation()
        let ids = try await installation.createPatients(10)
        var filter = PatientFilter()
        filter.email = email
        let walk = try await installation.walkPatients(filter) { page in
            _ = try await installation.createPatient(email: "new\(page)@example.com")
            try await installation.rename(ids[0], String(repeating: "A", count: page))
            guard page == 1 else { return }
            // The last returned element, after which the next page continues, and one that was not returned.
            try await installation.patients.delete(ids[7], tenant: installation.tenant)
            try await installation.patients.delete(ids[4], tenant: installation.tenant)
        }
        let expected = ids.reversed().filter { $0 != ids[4] }.map(\.description)
        #expect(walk.ids == expected)
    }

    @Test("A page is full if another one follows, and the last one has no cursor")
    func ends() async throws {
        let installation = try await TestInstallation()
        _ = try await installation.createPatients(6)
        #expect(try await installation.walkPatients().pages == 2)
        #expect(try await installation.walkPatients(perPage: 4).pages == 2)
        #expect(try await installation.walkPatients(perPage: 7).pages == 1)
        var filter = PatientFilter()
        filter.email = "nobody"
        #expect(try await installation.walkPatients(filter).pages == 1)
        // A page by any number continues by cursor.
        let second = try await installation.patients.list(
            PatientFilter(), page: PageRequest(page: 2, perPage: 2), tenant: installation.tenant)
        guard case .after(let cursor) = second.next else {
            Issue.record("the second of three pages is the last")
            return
        }
        let third = try await installation.patients.list(
            PatientFilter(), page: PageRequest(after: cursor, perPage: 100), tenant: installation.tenant)
        let numbered = try await installation.patients.list(
            PatientFilter(), page: PageRequest(page: 3, perPage: 2), tenant: installation.tenant)
        #expect(third.items == numbered.items && third.items.count == 2)
        #expect(third.next == .end && numbered.next == .end && numbered.total == 6 && third.total == nil)
    }

    @Test("Orders are paged like patients, by creation and by change", arguments: [false, true])
    func orders(byChange: Bool) async throws {
        let installation = try await TestInstallation()
        var filter = OrderFilter()
        if byChange { filter.updatedSince = installation.time.now() }
        let body = try await installation.order()
        var ids: [OrderID] = []
        for _ in 0..<9 { ids.append(try await installation.place(body)) }
        let walk = try await installation.walkOrders(filter) { page in
            guard page <= 3 else { return }
            if !byChange { _ = try await installation.place(body) }
            _ = try await installation.orders.cancel(ids[page * 2], reason: nil, tenant: installation.tenant)
        }
        if byChange {
            // Two were returned before and after their change.
            #expect(walk.ids.count == 11)
            for id in ids { #expect(try await installation.order(id) == walk.newest[id.description]) }
        } else {
            #expect(walk.ids == ids.reversed().map(\.description))
        }
    }

    @Test("Orders from before changes were numbered are sorted by their rows")
    func unnumberedOrders() async throws {
        let installation = try await TestInstallation()
        var filter = OrderFilter()
        filter.updatedSince = installation.time.now()
        let body = try await installation.order()
        var ids: [String] = []
        for _ in 0..<7 { ids.append(try await installation.place(body).description) }
        try await installation.environment.store.systemWrite {
            try $0.db.send("UPDATE orders SET change_sequence = 0", [])
        }
        #expect(try await installation.walkOrders(filter).ids == ids)
    }

    @Test("A filter applies to every page", arguments: [false, true])
    func filtered(byChange: Bool) async throws {
        let installation = try await TestInstallation()
        var filter = OrderFilter()
        filter.reference = "ORD-1"
        filter.status = .pending
        filter.createdTo = installation.time.now() + .hours(1)
        if byChange { filter.updatedSince = installation.time.now() }
        guard case .object(let members) = try await installation.order() else { return }
        var ids: [String] = []
        for number in 0..<10 {
            let reference = JSON.Member("order_id", .string("ORD-\(number % 2)"))
            let id = try await installation.place(.object(members + [reference]))
            if number % 2 == 1 { ids.append(id.description) }
        }
        let met = try await installation.walkOrders(filter).ids
        #expect(met == (byChange ? ids : ids.reversed()))
    }

    @Test("Deliveries are paged by creation while others are added")
    func deliveries() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order(webhookURLs: ["http://127.0.0.1:9/a", "http://127.0.0.1:9/b"])
        for _ in 0..<3 { _ = try await installation.place(body) }
        let all = try await installation.webhooks.deliveries(
            DeliveryFilter(), page: PageRequest(page: 1, perPage: 100), tenant: installation.tenant)
        let ids = all.items.compactMap { $0["id"]?.text }
        #expect(ids.count == 6)
        let walk = try await installation.walkDeliveries { page in
            if page == 1 { _ = try await installation.place(body) }
        }
        #expect(walk.ids == ids)
        var filter = DeliveryFilter()
        filter.status = .pending
        filter.event = .order(.created)
        #expect(try await installation.walkDeliveries(filter).ids.suffix(6) == ids[...])
    }

    // MARK: Deleted patients

    @Test(
        "Deleted patients are listed among the changes, with only their uuid and time", arguments: [1, 2, 100])
    func deleted(perPage: Int) async throws {
        let installation = try await TestInstallation()
        let tenant = installation.tenant
        let start = installation.time.now()
        let ids = try await installation.createPatients(5)
        installation.time.advance(by: .seconds(10))
        let later = installation.time.now()
        try await installation.patients.delete(ids[1], tenant: tenant)
        try await installation.rename(ids[0], "Ann")
        try await installation.patients.delete(ids[4], tenant: tenant)
        func tombstone(_ id: PatientID) -> JSON {
            ["uuid": .string(id.description), "deleted_at": JSON(later)]
        }
        let order = [ids[2], ids[3], ids[1], ids[0], ids[4]].map(\.description)
        let all = PatientFilter(since: start, includesDeleted: true)
        let walk = try await installation.walkPatients(all, perPage: perPage)
        #expect(walk.ids == order)
        #expect(walk.items[2] == tombstone(ids[1]) && walk.items[4] == tombstone(ids[4]))
        #expect(walk.items[3]["first_name"] == "Ann")
        // By number, and counted.
        var numbered: [String] = []
        for page in 1...5 {
            let found = try await installation.patients.list(
                all, page: PageRequest(page: page, perPage: perPage), tenant: tenant)
            #expect(found.total == 5)
            numbered += found.items.map(\.id)
        }
        #expect(numbered == order)
        let since = PatientFilter(since: later, includesDeleted: true)
        #expect(try await installation.walkPatients(since, perPage: perPage).ids == order.suffix(3))
        // Deleted patients are returned only on request.
        #expect(try await installation.walkPatients(PatientFilter(since: start)).ids.count == 3)
        #expect(try await installation.walkPatients().ids.count == 3)
        try await installation.controls.wipe(tenant)
        #expect(try await installation.walkPatients(all).ids.isEmpty)
    }

    @Test("A patient who is deleted during paging by change is returned as deleted")
    func deletedMeanwhile() async throws {
        let installation = try await TestInstallation()
        let ids = try await installation.createPatients(8)
        let filter = PatientFilter(since: installation.time.now(), includesDeleted: true)
        let walk = try await installation.walkPatients(filter) { page in
            guard page == 1 else { return }
            for id in [ids[0], ids[7]] { try await installation.patients.delete(id, tenant: installation.tenant) }
        }
        #expect(Set(walk.ids) == Set(ids.map(\.description)))
        for (id, patient) in walk.newest {
            let isDeleted = [ids[0], ids[7]].map(\.description).contains(id)
            #expect((patient["deleted_at"] != nil) == isDeleted)
        }
    }

    // MARK: Cursors that do not go on

    private func cursor(_ installation: TestInstallation, _ filter: PatientFilter) async throws -> ListCursor {
        let page = try await installation.patients.list(
            filter, page: PageRequest(page: 1, perPage: 1), tenant: installation.tenant)
        guard case .after(let cursor) = page.next else { throw StoreError.broken("there is no second page") }
        return cursor
    }

    private func isForeign(_ error: any Error) -> Bool {
        guard case ServiceError.invalid(let problems) = error else { return false }
        return problems.fields.map(\.name) == ["cursor"]
    }

    @Test("A cursor is valid only for its own list and filters")
    func foreign() async throws {
        let installation = try await TestInstallation()
        let tenant = installation.tenant
        let body = try await installation.order()
        for _ in 0..<2 { _ = try await installation.place(body) }
        _ = try await installation.createPatients(3)
        let start = installation.time.now()
        var byEmail = PatientFilter()
        byEmail.email = "example.com"
        var byReference = PatientFilter()
        byReference.externalID = "example.com"
        let cursor = try await cursor(installation, PatientFilter())
        for other in [
            byEmail, byReference, PatientFilter(since: start), PatientFilter(since: start, includesDeleted: true),
        ] {
            await #expect {
                _ = try await installation.patients.list(
                    other, page: PageRequest(after: cursor, perPage: 15), tenant: tenant)
            } throws: { isForeign($0) }
        }
        await #expect {
            _ = try await installation.orders.list(
                OrderFilter(), page: PageRequest(after: cursor, perPage: 15), tenant: tenant)
        } throws: { isForeign($0) }
        await #expect {
            _ = try await installation.webhooks.deliveries(
                DeliveryFilter(), page: PageRequest(after: cursor, perPage: 15), tenant: tenant)
        } throws: { isForeign($0) }
        let partner = try await installation.addTenant("other")
        await #expect {
            _ = try await installation.patients.list(
                PatientFilter(), page: PageRequest(after: cursor, perPage: 15), tenant: partner)
        } throws: { isForeign($0) }
        // The size of a page is no filter.
        let rest = try await installation.patients.list(
            PatientFilter(), page: PageRequest(after: cursor, perPage: 100), tenant: tenant)
        #expect(rest.items.count == 3)
    }

    @Test("An altered cursor is refused")
    func altered() async throws {
        let installation = try await TestInstallation()
        _ = try await installation.createPatients(2)
        let bytes = try await cursor(installation, PatientFilter()).bytes
        for index in 1..<bytes.count {
            var altered = bytes
            altered[index] ^= 1
            let cursor = try #require(ListCursor(bytes: altered))
            await #expect {
                _ = try await installation.patients.list(
                    PatientFilter(), page: PageRequest(after: cursor, perPage: 15), tenant: installation.tenant)
            } throws: { isForeign($0) || $0 as? ServiceError == .cursorExpired }
        }
    }

    @Test("A cursor reveals neither the list nor its filters")
    func opaque() async throws {
        let installation = try await TestInstallation()
        _ = try await installation.createPatients(2)
        var filter = PatientFilter()
        filter.email = "example.com"
        let cursor = try await cursor(installation, filter)
        #expect(!String(decoding: cursor.bytes, as: UTF8.self).contains("example"))
        #expect(cursor.description.utf8.count == 87)
        #expect(ListCursor(cursor.description) == cursor)
    }

    @Test("A cursor has expired after a wipe")
    func wiped() async throws {
        let installation = try await TestInstallation()
        _ = try await installation.createPatients(2)
        let cursor = try await cursor(installation, PatientFilter())
        try await installation.controls.wipe(installation.tenant)
        await #expect(throws: ServiceError.cursorExpired) {
            _ = try await installation.patients.list(
                PatientFilter(), page: PageRequest(after: cursor, perPage: 15), tenant: installation.tenant)
        }
    }

    @Test("A cursor stays valid while the data key is rotated, and expires with the key")
    func rotated() async throws {
        let installation = try await TestInstallation()
        _ = try await installation.createPatients(2)
        let cursor = try await cursor(installation, PatientFilter())
        func goOn() async throws -> Int {
            try await installation.patients.list(
                PatientFilter(), page: PageRequest(after: cursor, perPage: 15), tenant: installation.tenant
            ).items.count
        }
        let operations = OperatorService(
            environment: installation.environment, setupTokens: SetupTokens(fixed: nil), wipeEvery: .hours(24))
        let rotation = DataKeyRotation(
            environment: installation.environment, notifier: installation.notifier, logger: installation.logger)
        _ = try await operations.rotateDataKeys(ofTenant: "sandbox")
        #expect(try await goOn() == 1)
        _ = try await rotation.reencryptDue()
        installation.time.advance(by: .hours(25))
        _ = try await rotation.reencryptDue()
        await #expect(throws: ServiceError.cursorExpired) { _ = try await goOn() }
    }

    // MARK: What a page costs

    @Test(
        "A page after a cursor is found by index, without skipping or counting rows",
        .disabled(if: TestDatabase.isPostgreSQL, "tests SQLite's query plans"))
    func plans() async throws {
        let log = StatementLog()
        let installation = try await TestInstallation(statements: log)
        let start = installation.time.now()
        let body = try await installation.order(webhookURLs: ["http://127.0.0.1:9/a"])
        for _ in 0..<5 { _ = try await installation.place(body) }
        try await installation.patients.delete(
            try await installation.createPatients(9)[3], tenant: installation.tenant)
        var changedOrders = OrderFilter()
        changedOrders.updatedSince = start
        _ = try await installation.walkPatients()
        _ = try await installation.walkPatients(PatientFilter(since: start))
        _ = try await installation.walkPatients(PatientFilter(since: start, includesDeleted: true))
        _ = try await installation.walkOrders()
        _ = try await installation.walkOrders(changedOrders)
        _ = try await installation.walkDeliveries()
        let pages = log.all.filter { statement, binds in
            statement.text.contains("LIMIT $2 OFFSET $3") && binds.count > 3
        }
        #expect(pages.count >= 6)
        let indexes = [
            "patients_newest", "patients_by_update", "patients_deleted", "orders_newest", "orders_by_update",
            "webhook_deliveries_newest",
        ]
        var used: Set<String> = []
        for (statement, binds) in pages {
            #expect(binds[2] == .integer(0))
            let plan = try await installation.environment.store.systemRead { scope in
                try scope.db.rows("EXPLAIN QUERY PLAN" + statement, binds) { try $0.text(3) }
            }
            #expect(!plan.contains { $0.hasPrefix("SCAN p") || $0.hasPrefix("SCAN o") }, "\(plan)")
            // Two halves that are each in order are merged by sorting what a page of each has.
            #expect(statement.text.contains("UNION") || !plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
            used.formUnion(indexes.filter { index in plan.contains { $0.contains(index) } })
        }
        #expect(used == Set(indexes))
        let counts = log.take().keys.filter { $0.text.contains("COUNT(") && $0.text.contains("(updated_at, ") }
        #expect(counts.isEmpty)
    }
}
