internal import FoundationEssentials
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore
internal import PharmacyTestSupport

/// Fills the tables with patients and an order each, without the verbs: they need a transaction for each patient, order,
/// dispatch and attempt, which takes some hours for a million of each.
///
/// The rows are created by the same domain code as the verbs' rows, sealed with the tenant's key for their row, and have their
/// entries in the audit log's chain, so that each of them can be decrypted. Unlike in production, an order has one event (that
/// it was placed) with one delivery, whatever its status, and no idempotency record.
struct BulkFill: Sendable {
    let installation: TestInstallation
    let partners: Partners
    /// The time between two orders.
    let pace: Duration

    /// Orders written in one transaction.
    private static let batch = 1_000

    /// Fills up to a number of orders, and verifies that samples of the rows equal those of the verbs.
    /// - Returns: the number of written orders.
    func fill(upTo size: Int) async throws -> Int {
        let (orders, first) = try await installation.look { scope in
            (
                try scope.db.row("SELECT COUNT(*) FROM orders", []) { Int(try $0.integer(0)) } ?? 0,
                try scope.db.row("SELECT COALESCE(MAX(id), 0) FROM patients", []) { Int(try $0.integer(0)) } ?? 0
            )
        }
        let count = max(0, size - orders)
        Progress.report("filling: \(count) more patients and orders, up to \(size)")
        guard count > 0 else { return 0 }
        var start = first
        let end = first + count
        var prepared = try prepare(start..<min(start + BulkFill.batch, end))
        while start < end {
            let next = min(start + BulkFill.batch, end)
            // The next ones are sealed while these are written.
            let batch = prepared
            async let written: Void = write(batch)
            prepared = try prepare(next..<min(next + BulkFill.batch, end))
            try await written
            start = next
            if (start - first).isMultiple(of: 50 * BulkFill.batch) {
                Progress.report("\(orders + start - first) of \(size)")
            }
        }
        try await check(prepared: batchSample(first, end))
        return count
    }

    // MARK: Preparing

    private func prepare(_ numbers: Range<Int>) throws -> [SeededOrder] {
        var generator = SeededGenerator(seed: UInt64(numbers.lowerBound))
        return try numbers.map { number in
            installation.time.advance(by: pace)
            var draw = Int(generator.next() % 100)
            let partner = partners.all.first { partner in
                draw -= partner.share
                return draw < 0
            }
            let url = Int(generator.next() % UInt64(Partners.urlsEach))
            return try SeededOrder(
                number: number, partner: partner ?? partners.hot, url: url, medications: partners.medications,
                entropy: installation.environment.entropy, at: installation.time.now())
        }
    }

    // MARK: Writing

    private static let patients = BulkInsert(
        """
        INSERT INTO patients (tenant_id, uuid, external_id_digest, likeness, email, document, created_at, updated_at,
            change_sequence, live_count) VALUES
        """, columns: 10)
    private static let orders = BulkInsert(
        """
        INSERT INTO orders (tenant_id, uuid, status, reference_digest, customer_reference_digest, patient_uuid,
            created_at, updated_at, document, patient_snapshot, dispatch_attempts, dispatch_state, change_sequence)
        VALUES
        """, columns: 13, tail: "RETURNING id, uuid")
    private static let events = BulkInsert(
        """
        INSERT INTO order_events (tenant_id, uuid, order_id, type, sequence, tenant_sequence, recorded_at,
            payload) VALUES
        """, columns: 8, tail: "RETURNING id, uuid")
    private static let deliveries = BulkInsert(
        """
        INSERT INTO webhook_deliveries (tenant_id, uuid, order_id, event_id, endpoint_id, status, attempts,
            created_at, completed_at) VALUES
        """, columns: 9, tail: "RETURNING id, uuid")
    private static let attempts = BulkInsert(
        "INSERT INTO webhook_attempts (delivery_id, at, duration, status_code, error, answer) VALUES", columns: 6)

    /// The numbers of a partner's newest changes, and its patients. No row is removed, so floors do not matter.
    private struct Numbers {
        let patientChange: Int64
        let orderChange: Int64
        let event: Int64
        let patients: Int64

        /// The numbers after one more patient and order.
        var next: Numbers {
            Numbers(
                patientChange: patientChange + 1, orderChange: orderChange + 1, event: event + 1, patients: patients + 1
            )
        }

        private init(patientChange: Int64, orderChange: Int64, event: Int64, patients: Int64) {
            self.patientChange = patientChange
            self.orderChange = orderChange
            self.event = event
            self.patients = patients
        }

        init(ofTenant row: Int64, in db: any SQLConnection) throws {
            let found = try db.row(
                """
                SELECT COALESCE((SELECT MAX(change_sequence) FROM patients WHERE tenant_id = $1), 0),
                    COALESCE((
                        SELECT MAX(change_sequence) FROM orders WHERE tenant_id = $1 AND change_sequence > 0), 0),
                    COALESCE((SELECT MAX(tenant_sequence) FROM order_events WHERE tenant_id = $1), 0),
                    COALESCE((
                        SELECT live_count FROM patients WHERE tenant_id = $1 ORDER BY change_sequence DESC LIMIT 1), 0)
                """, [.integer(row)]
            ) { try (0..<4).map($0.integer) }
            guard let found else { throw BenchmarkFailure.setUp("a tenant is missing") }
            self.init(patientChange: found[0], orderChange: found[1], event: found[2], patients: found[3])
        }
    }

    private func write(_ pairs: [SeededOrder]) async throws {
        try await installation.change { scope in
            let db = scope.db
            var newest: [Int64: Numbers] = [:]
            for row in Set(pairs.map(\.partner.row)) { newest[row] = try Numbers(ofTenant: row, in: db) }
            let numbers = try pairs.map { pair in
                guard let next = newest[pair.partner.row]?.next else {
                    throw BenchmarkFailure.setUp("a tenant is missing")
                }
                newest[pair.partner.row] = next
                return next
            }
            try BulkFill.patients.run(
                zip(pairs, numbers).map { $0.patientRow + [.integer($1.patientChange), .integer($1.patients)] }, in: db)
            let orders = try BulkFill.orders.runReturning(
                zip(pairs, numbers).map { $0.orderRow + [.integer($1.orderChange)] }, in: db)
            let events = try BulkFill.events.runReturning(
                zip(pairs, numbers).map { try $0.eventRow(orders: orders, sequence: $1.event) }, in: db)
            let deliveries = try BulkFill.deliveries.runReturning(
                pairs.map { try $0.deliveryRow(orders: orders, events: events) }, in: db)
            try BulkFill.attempts.run(pairs.flatMap { try $0.attemptRows(deliveries: deliveries) }, in: db)
            scope.audit(pairs.flatMap(\.auditEvents))
        }
    }

    // MARK: Checking

    private func batchSample(_ first: Int, _ end: Int) -> [Int] {
        stride(from: first, to: end, by: max(1, (end - first) / 20)).map { $0 }
    }

    /// Reads patients and their orders through the verbs: they can be decrypted and contain the written values.
    private func check(prepared numbers: [Int]) async throws {
        for number in numbers {
            let reference = SamplePayload.reference(number)
            var found = 0
            for partner in partners.all {
                var patientFilter = PatientFilter()
                patientFilter.externalID = "MRN-\(number)"
                var orderFilter = OrderFilter()
                orderFilter.reference = reference
                let page = PageRequest(page: 1, perPage: 1)
                let patients = try await installation.patients.list(
                    patientFilter, page: page, tenant: partner.tenant)
                let orders = try await installation.orders.list(orderFilter, page: page, tenant: partner.tenant)
                guard let patient = patients.items.first, let order = orders.items.first else { continue }
                let document = try JSON.parse(order.bytes)
                guard document["patient_id"]?.text == patient.id,
                    let id = document["uuid"]?.text.flatMap(OrderID.init)
                else { throw BenchmarkFailure.unreadable(reference) }
                var filter = DeliveryFilter()
                filter.orderID = id
                let deliveries = try await installation.webhooks.deliveries(filter, page: page, tenant: partner.tenant)
                guard let delivery = deliveries.items.first?["id"]?.text.flatMap(DeliveryID.init) else {
                    throw BenchmarkFailure.unreadable(reference)
                }
                // Also decrypts the attempts and the payload.
                _ = try await installation.webhooks.delivery(delivery, tenant: partner.tenant)
                found += 1
            }
            guard found == 1 else { throw BenchmarkFailure.unreadable(reference) }
        }
    }
}
