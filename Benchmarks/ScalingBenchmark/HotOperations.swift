internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore
internal import PharmacyTestSupport

/// The measured operations. Unless noted otherwise, they run for the partner that has half of all records.
struct HotOperations: Sendable {
    let coldSearch: HotOperation
    let warmSearch: HotOperation
    let reads: [HotOperation]
    /// They create so few rows that the size changes by less than a tenth.
    let writes: [HotOperation]
    let backlogs: [DueWorkload]
    let pruning: HotOperation

    /// The number of due deliveries, and of due orders, in a backlog.
    static let backlogSize = 10_000
    private static let page = PageRequest(page: 1, perPage: 25)

    /// - Parameters:
    ///   - filledAt: when the last row was filled in; `pace`: the time between two.
    ///   - size: patients, and orders.
    init(
        installation: TestInstallation, partners: Partners, filledAt: Timestamp, pace: Duration, size: Int
    ) async throws {
        let samples = try await Samples(of: partners.hot, in: installation)
        let tenant = partners.hot.tenant
        let search = HotOperations.search(installation, tenant: tenant, mailboxes: samples.mailboxes)
        coldSearch = HotOperation(name: "Patients by e-mail, first search", limit: 1, isConcurrent: false, run: search)
        warmSearch = HotOperation(name: "Patients by e-mail", run: search)
        let since = filledAt - pace * 2_000
        reads =
            try await HotOperations.single(installation, tenant: tenant, samples: samples)
            + HotOperations.lists(installation, partners: partners, samples: samples, since: since)
            + HotOperations.dashboard(installation, partners: partners)
            + HotOperations.standing(installation, accessToken: partners.accessToken)
        writes = try await HotOperations.writes(
            installation, partners: partners, limit: min(1_000, max(100, size / 100)))
        backlogs = DueWorkload.all(installation, limit: min(100, size / 100))
        let prunings = max(1, min(5, size / 2_000))
        pruning = HotOperation(name: "Prune 100 events", limit: prunings, isConcurrent: false) { _ in
            let gone = try await HotOperations.prune(installation)
            guard gone > 0 else { throw BenchmarkFailure.setUp("no event is old enough") }
        }
    }

    /// Removes the oldest events, as the retention sweeper does when they have expired.
    private static func prune(_ installation: TestInstallation) async throws -> Int {
        let now = installation.time.now()
        let expired = try await installation.look {
            try $0.expiredEvents(before: now, limit: ServiceLimits.webhookPruneBatch)
        }
        var removed = 0
        for events in expired {
            removed += try await installation.environment.store.systemWrite(.tenant(events.tenant)) {
                try $0.remove(events)
            }
        }
        return removed
    }

    // MARK: Reads

    private static func search(
        _ installation: TestInstallation, tenant: Tenant, mailboxes: [String]
    ) -> @Sendable (Int) async throws -> Void {
        { number in
            var filter = PatientFilter()
            filter.email = mailboxes[number % mailboxes.count]
            let found = try await installation.patients.list(filter, page: page, tenant: tenant)
            guard !found.items.isEmpty else { throw BenchmarkFailure.setUp("no patient has that address") }
        }
    }

    private static func single(
        _ installation: TestInstallation, tenant: Tenant, samples: Samples
    ) -> [HotOperation] {
        [
            HotOperation(name: "Read an order") { number in
                _ = try await installation.orders.get(samples.orders[number % samples.orders.count], tenant: tenant)
            },
            HotOperation(name: "Read a patient") { number in
                _ = try await installation.patients.get(
                    samples.patients[number % samples.patients.count], tenant: tenant)
            },
        ]
    }

    private static func lists(
        _ installation: TestInstallation, partners: Partners, samples: Samples, since: Timestamp
    ) -> [HotOperation] {
        let tenant = partners.hot.tenant
        let small = partners.small.tenant
        func orders(_ name: String, page: PageRequest = page, _ filter: @escaping @Sendable (Int) -> OrderFilter)
            -> HotOperation
        {
            HotOperation(name: name) { number in
                _ = try await installation.orders.list(filter(number), page: page, tenant: tenant)
            }
        }
        func deliveries(_ name: String, _ filter: @escaping @Sendable (Int) -> DeliveryFilter) -> HotOperation {
            HotOperation(name: name) { number in
                _ = try await installation.webhooks.deliveries(filter(number), page: page, tenant: tenant)
            }
        }
        var processing = OrderFilter()
        processing.status = .processing
        var changed = PatientFilter()
        changed.updatedSince = since
        var failed = DeliveryFilter()
        failed.status = .failed
        let (inProcess, recent, undelivered) = (processing, changed, failed)
        return [
            orders("Orders, page 1") { _ in OrderFilter() },
            HotOperation(name: "Orders, page 1, of the smallest partner") { _ in
                _ = try await installation.orders.list(OrderFilter(), page: page, tenant: small)
            },
            orders("Orders, page 100", page: PageRequest(page: 100, perPage: 25)) { _ in OrderFilter() },
            orders("Orders by status") { _ in inProcess },
            orders("Orders by order_id") { number in
                var filter = OrderFilter()
                filter.reference = samples.references[number % samples.references.count]
                return filter
            },
            HotOperation(name: "Patients, page 1") { _ in
                _ = try await installation.patients.list(PatientFilter(), page: page, tenant: tenant)
            },
            HotOperation(name: "Patients by updated_since") { _ in
                _ = try await installation.patients.list(recent, page: page, tenant: tenant)
            },
            HotOperation(name: "Events after a cursor") { _ in
                let cursor = EventCursor(
                    epoch: installation.environment.store.openedEpoch, position: max(0, samples.latestEvent - 500))
                _ = try await installation.webhooks.events(after: cursor, limit: 100, tenant: tenant)
            },
            deliveries("Deliveries, page 1") { _ in DeliveryFilter() },
            deliveries("Deliveries that failed") { _ in undelivered },
            deliveries("Deliveries of an order") { number in
                var filter = DeliveryFilter()
                filter.orderID = samples.orders[number % samples.orders.count]
                return filter
            },
        ]
    }

    /// Pages of the dashboard. Those of lists and of the overview count the partner's records.
    private static func dashboard(
        _ installation: TestInstallation, partners: Partners
    ) async throws -> [HotOperation] {
        let order = try await DashboardVisitor.orderWithAttempts(partners, in: installation)
        let visitor = try await DashboardVisitor(of: partners.hot, in: installation)
        return [
            visitor.page("overview", "/dashboard"), visitor.page("overview of 30 days", "/dashboard?span=30d"),
            visitor.page("orders", "/dashboard/orders"),
            visitor.page("orders by status", "/dashboard/orders?status=processing"),
            visitor.page("an order with 200 attempts", order),
            visitor.page("deliveries", "/dashboard/webhooks"),
            visitor.page("failed deliveries", "/dashboard/webhooks?status=failed"),
            visitor.page("requests", "/dashboard/requests"), visitor.page("patients", "/dashboard/patients"),
            visitor.page("audit log", "/dashboard/audit"),
        ]
    }

    /// Background work while nothing is due, and the first step of each request.
    private static func standing(_ installation: TestInstallation, accessToken: String) -> [HotOperation] {
        let sweeper = RetentionSweeper(
            environment: installation.environment, retention: Retention(), logger: installation.logger)
        return [
            HotOperation(name: "Check a token, not remembered") { _ in
                installation.time.advance(by: ServiceLimits.verificationCacheLifetime + .milliseconds(1))
                _ = try await installation.accounts.authenticate(
                    accessToken: accessToken, tenant: installation.tenant)
            },
            HotOperation(name: "Claim orders to dispatch, none due") { _ in
                let count = try await DueWorkload.claimOrders(installation)
                guard count == 0 else { throw BenchmarkFailure.setUp("an order is due") }
            },
            HotOperation(name: "Claim deliveries, none due") { _ in
                let count = try await DueWorkload.claimDeliveries(installation)
                guard count == 0 else { throw BenchmarkFailure.setUp("a delivery is due") }
            },
            HotOperation(name: "Prune, nothing old") { _ in try await sweeper.prune() },
        ]
    }

    // MARK: Writes

    private static func writes(
        _ installation: TestInstallation, partners: Partners, limit: Int
    ) async throws -> [HotOperation] {
        let tenant = partners.hot.tenant
        let urls = partners.hot.urls
        let first = try await installation.look { scope in
            try scope.db.row("SELECT COALESCE(MAX(id), 0) FROM patients", []) { Int(try $0.integer(0)) } ?? 0
        }
        var patients: [[PatientID]] = []
        for partner in partners.all {
            patients.append(try await Samples(of: partner, count: 20, in: installation).patients)
        }
        let sampled = patients
        // Unused numbers, so that e-mail addresses, external ids and references are unique.
        let base = 1_000_000_000 + first * 10
        return [
            HotOperation(name: "Create a patient", limit: limit) { number in
                let sample = SamplePayload(number: base + number, url: urls[0])
                _ = try await installation.patients.create(body: sample.patient, tenant: tenant, idempotency: nil)
            },
            HotOperation(name: "Submit an order", limit: limit) { number in
                try await submit(number, base: base, for: partners.hot, patients: sampled[0])
            },
            HotOperation(name: "Submit an order, each partner in turn", limit: limit) { number in
                let index = number % partners.all.count
                try await submit(number, base: base, for: partners.all[index], patients: sampled[index])
            },
        ]
        @Sendable func submit(
            _ number: Int, base: Int, for partner: Partners.Partner, patients: [PatientID]
        ) async throws {
            let sample = SamplePayload(number: base + number, url: partner.urls[number % partner.urls.count])
            let body = sample.order(
                for: patients[number % patients.count].description, medications: partners.medications)
            _ = try await installation.orders.submit(
                body: body, dryRun: false, tenant: partner.tenant, idempotency: nil)
        }
    }
}

/// Sampled records of one partner, spread over all of them.
private struct Samples: Sendable {
    let orders: [OrderID]
    let references: [String]
    let patients: [PatientID]
    let mailboxes: [String]
    let latestEvent: Int64

    init(of partner: Partners.Partner, count: Int = 500, in installation: TestInstallation) async throws {
        let (orders, patients) = try await installation.look { scope in
            let last = try scope.db.row(
                "SELECT (SELECT MAX(id) FROM orders), (SELECT MAX(id) FROM patients)", []
            ) { (orders: try $0.integer(0), patients: try $0.integer(1)) }
            guard let last else { throw BenchmarkFailure.setUp("there is nothing") }
            var generator = SeededGenerator(seed: 4)
            let own = try scope.tenant(partner.tenant.id)
            var orders: [(id: OrderID, reference: String)] = []
            var patients: [(id: PatientID, externalID: String)] = []
            for _ in 0..<count {
                orders += try scope.db.rows(
                    "SELECT uuid FROM orders WHERE tenant_id = $1 AND id >= $2 ORDER BY id LIMIT 1",
                    [.integer(partner.row), .integer(Int64(generator.next() % UInt64(last.orders)))]
                ) { OrderID(try $0.text(0)) }.compactMap(\.self).map { id in
                    guard let reference = try own.order(id)?.order.terms.reference else {
                        throw BenchmarkFailure.unreadable(id.description)
                    }
                    return (id, reference)
                }
                patients += try scope.db.rows(
                    """
                    SELECT uuid FROM patients WHERE tenant_id = $1 AND id >= $2 AND deleted_at IS NULL
                    ORDER BY id LIMIT 1
                    """, [.integer(partner.row), .integer(Int64(generator.next() % UInt64(last.patients)))]
                ) { PatientID(try $0.text(0)) }.compactMap(\.self).map { id in
                    guard let externalID = try own.patient(id)?.details.externalID else {
                        throw BenchmarkFailure.unreadable(id.description)
                    }
                    return (id, externalID)
                }
            }
            return (orders, patients)
        }
        self.orders = orders.map(\.id)
        references = orders.map(\.reference)
        self.patients = patients.map(\.id)
        mailboxes = patients.map { "x" + $0.externalID.dropFirst("MRN-".count) + "@" }
        latestEvent = try await installation.environment.store.read(partner.tenant.id) {
            try $0.latestEventPosition()
        }
        guard !orders.isEmpty, !patients.isEmpty else { throw BenchmarkFailure.setUp("there is nothing") }
    }
}
