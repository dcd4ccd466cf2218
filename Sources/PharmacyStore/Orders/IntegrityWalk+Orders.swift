internal import PharmacyDomain

extension IntegrityWalk<TenantScope> {
    /// Orders with their events, deliveries and simulated prescriptions.
    static var orders: Self { Self("orders", read: OrderRow.page, checks: OrderRow.checks) }
}

private struct OrderRow: IntegrityRecord {
    let position: Int64
    let subject: String
    let status: String
    let reference: [UInt8]?
    let customerReference: [UInt8]?
    let clearReference: String?
    let clearCustomerReference: String?
    let patientID: String
    let createdAt: Int64
    let updatedAt: Int64
    let dispatchAt: Int64?
    let dispatchAttempts: Int64
    let dispatchUncertain: Int64
    let reconcileAt: Int64?
    let document: JSON?
    let order: Order?
    let snapshot: Patient?
    /// Whether its dispatch waits for the operator.
    let isQuarantined: Bool
    var partners = OrderPartners()

    static func page(_ scope: TenantScope, after: Int64, _ context: IntegrityContext) throws -> [OrderRow] {
        var orders = try scope.db.rows(
            """
            SELECT id, uuid, status, reference_digest, customer_reference_digest, patient_uuid, created_at, updated_at,
                dispatch_at, dispatch_attempts, dispatch_uncertain, reconcile_at, document, patient_snapshot,
                reference_in_clear, customer_reference_in_clear, EXISTS (
                    SELECT 1 FROM quarantined_items q
                    WHERE q.tenant_id = $1 AND q.work = $4 AND q.item = orders.uuid AND q.next_try_at IS NULL)
            FROM orders WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3
            """,
            [
                scope.tenantValue, .integer(after), SQLValue(context.limit),
                .text(QuarantinedItem.Work.dispatch.rawValue),
            ]
        ) { row in
            let id = try row.text(1)
            let document = scope.openedDocument(try row.blob(12), "order", id)
            let snapshot = scope.openedDocument(try row.blob(13), "snapshot", id)
            return OrderRow(
                position: try row.integer(0), subject: id, status: try row.text(2), reference: try row.optionalBlob(3),
                customerReference: try row.optionalBlob(4), clearReference: try row.optionalText(14),
                clearCustomerReference: try row.optionalText(15), patientID: try row.text(5),
                createdAt: try row.integer(6),
                updatedAt: try row.integer(7), dispatchAt: try row.optionalInteger(8),
                dispatchAttempts: try row.integer(9), dispatchUncertain: try row.integer(10),
                reconcileAt: try row.optionalInteger(11), document: document,
                order: document.flatMap(Order.init(document:)), snapshot: snapshot.flatMap(Patient.init(document:)),
                isQuarantined: try row.integer(16) == 1)
        }
        guard let first = orders.first, let last = orders.last else { return [] }
        let partners = try OrderPartners.of(orders: first.position...last.position, in: scope)
        for index in orders.indices {
            if let found = partners[orders[index].position] { orders[index].partners = found }
        }
        return orders
    }

    static let checks: [IntegrityCheck<OrderRow>] = [
        IntegrityCheck(.orderDocument) { row, _, _ in
            guard let order = row.order, let document = row.document else { return ["document"] }
            return disagreeing([
                "uuid": order.id.description != row.subject,
                "dispatch": document["dispatch"].map { $0 != order.dispatch.document } ?? false,
            ])
        },
        IntegrityCheck(.orderStatus) { row, _, _ in
            guard let order = row.order else { return [] }
            return disagreeing([
                "status": row.status != order.status.rawValue,
                "status_history": order.history.last?.status != order.status,
            ])
        },
        IntegrityCheck(.orderColumns) { row, _, _ in
            guard let order = row.order, let document = row.document else { return [] }
            return disagreeing([
                "patient_uuid": row.patientID != order.patientID.description,
                "created_at": !document.holds(row.createdAt, in: "created_at"),
                "updated_at": !document.holds(row.updatedAt, in: "updated_at"),
            ])
        },
        IntegrityCheck(.orderReferences) { row, scope, _ in
            guard let terms = row.order?.terms else { return [] }
            let reference = scope.agrees(
                terms.reference, .reference, digest: row.reference, clear: row.clearReference)
            let customer = scope.agrees(
                terms.customerReference, .customerReference, digest: row.customerReference,
                clear: row.clearCustomerReference)
            return disagreeing(["reference_digest": !reference, "customer_reference_digest": !customer])
        },
        IntegrityCheck(.orderDispatch) { row, _, _ in
            guard let order = row.order, row.document?["dispatch"] != nil else { return [] }
            return row.dispatchDisagreements(with: order.dispatch)
        },
        IntegrityCheck(.orderSnapshot) { row, _, _ in
            guard let snapshot = row.snapshot else { return ["patient_snapshot"] }
            return disagreeing(["patient_uuid": snapshot.id.description != row.patientID])
        },
        IntegrityCheck(.orderHistory) { row, scope, context in
            guard let order = row.order else { return [] }
            return try row.historyDisagreements(of: order, in: scope, context)
        },
        IntegrityCheck(.eventFeed) { row, _, _ in
            let positions = row.partners.events.map(\.feedPosition)
            return disagreeing(["tenant_sequence": zip(positions, positions.dropFirst()).contains { $0 >= $1 }])
        },
        IntegrityCheck(.deliveryTargets) { row, _, _ in
            guard let order = row.order else { return [] }
            return disagreeing(["webhook_urls": row.partners.misses(order.terms.webhookURLs)])
        },
        IntegrityCheck(.deliveryQueue) { row, _, _ in
            let queues = Dictionary(grouping: row.partners.deliveries, by: \.endpoint).values
            return disagreeing([
                "status": queues.contains { $0.count(where: \.isActive) > 1 },
                "waiting": queues.contains { queue in
                    queue.contains(where: \.isWaiting) && !queue.contains(where: \.isActive)
                },
            ])
        },
        IntegrityCheck(.simulatedPrescription) { row, _, _ in
            guard let simulation = row.partners.simulation else { return [] }
            return disagreeing(["tenant_id": !simulation.isOfSandbox, "step": simulation.step < 0])
        },
    ]

    /// Compares what the dispatcher looks for with what the document tells. An attempt that is in progress, or that a
    /// crash has cut off, is counted by the column alone; a start makes what was postponed due at once.
    private func dispatchDisagreements(with dispatch: Order.Dispatch) -> [String] {
        let isPending = dispatch.status == .pending
        let isDue = isPending && !isQuarantined
        var isLate = false
        if let next = dispatch.nextAttemptAt, let dispatchAt, dispatchAttempts == dispatch.attempts {
            isLate = Timestamp(milliseconds: dispatchAt).seconds > next.seconds
        }
        return disagreeing([
            "dispatch_at": isDue != (dispatchAt != nil) || isLate,
            "dispatch.next_attempt_at": !isPending && dispatch.nextAttemptAt != nil,
            "dispatch_attempts": dispatchAttempts < dispatch.attempts,
            "dispatch_uncertain": !(0...1).contains(dispatchUncertain),
            "reconcile_at": reconcileAt != nil && dispatch.status != .accepted,
        ])
    }

    private func historyDisagreements(
        of order: Order, in scope: TenantScope, _ context: IntegrityContext
    ) throws -> [String] {
        let history = order.history
        let steps = zip(history, history.dropFirst())
        let isComplete = document?["status_history"]?.elements?.count == history.count
        let isCourse = history.first?.status == .pending && steps.allSatisfy { $0.status.next.contains($1.status) }
        let isInTime = steps.allSatisfy { $0.at <= $1.at }
        return disagreeing([
            "status_history": !isComplete || !isCourse || !isInTime,
            "events": try misses(eventsOf: order, in: scope, context),
            "type": !agreeInType(with: history, last: order.eventSequence),
            "recorded_at": !areRecordedInOrder,
            "sequence": order.eventSequence < history.count
                || partners.events.contains { !(1...Int64(max(1, order.eventSequence))).contains($0.sequence) },
        ])
    }

    /// Whether events are missing that retention cannot have removed.
    private func misses(
        eventsOf order: Order, in scope: TenantScope, _ context: IntegrityContext
    ) throws -> Bool {
        // One that is missing was recorded no earlier than the one before it, or than the order.
        var earliest = order.createdAt
        var next: Int64 = 1
        for event in partners.events + [nil] {
            let sequence = event?.sequence ?? Int64(order.eventSequence) + 1
            if sequence > next, try isKept(recordedFrom: earliest, in: scope, context) { return true }
            next = sequence + 1
            if let event { earliest = Timestamp(milliseconds: event.recordedAt) }
        }
        return false
    }

    /// Whether the events tell of the history's statuses in their order: of each one at least, and one after the other.
    private func agreeInType(with history: [Order.StatusChange], last: Int) -> Bool {
        let places = Dictionary(history.enumerated().map { (OrderEvent.Kind($1.status).rawValue, $0) }) { first, _ in
            first
        }
        // There are no more statuses from one event to another than there are numbers.
        var (sequence, place) = (Int64(0), -1)
        for event in partners.events {
            guard let next = places[event.type], next >= place, Int64(next - place) <= event.sequence - sequence
            else { return false }
            (sequence, place) = (event.sequence, next)
        }
        return Int64(history.count - 1 - place) <= Int64(last) - sequence
    }

    /// Whether the events were recorded in the order of their numbers, and each delivery shows when its event was.
    private var areRecordedInOrder: Bool {
        let events = partners.events
        let moments = Dictionary(events.map { ($0.row, $0.recordedAt) }) { first, _ in first }
        return zip(events, events.dropFirst()).allSatisfy { $0.recordedAt <= $1.recordedAt }
            && partners.deliveries.allSatisfy { $0.createdAt == moments[$0.event, default: $0.createdAt] }
    }

    /// Whether an event that was recorded at that moment or later cannot have been removed by retention: it is not old
    /// enough, and the tenant has older ones, which would have gone before it where the retention was a shorter one.
    private func isKept(
        recordedFrom moment: Timestamp, in scope: TenantScope, _ context: IntegrityContext
    ) throws -> Bool {
        guard moment.seconds > context.eventsSince.seconds else { return false }
        let oldest = try scope.db.moment(
            "SELECT recorded_at FROM order_events WHERE tenant_id = $1 ORDER BY tenant_sequence LIMIT 1",
            [scope.tenantValue])
        return oldest.map { $0.seconds <= moment.seconds } ?? true
    }
}

/// What other tables hold of an order.
private struct OrderPartners {
    struct Event {
        let row: Int64
        let type: String
        let sequence: Int64
        let feedPosition: Int64
        let recordedAt: Int64
    }

    struct Delivery {
        let event: Int64
        let endpoint: Int64
        let status: String
        let createdAt: Int64
        /// `nil` where it cannot be read.
        let url: String?

        var isActive: Bool { status == "ready" || status == "sending" }
        var isWaiting: Bool { status == "waiting" }
    }

    struct Simulation {
        let step: Int64
        let isOfSandbox: Bool
    }

    /// By their sequence.
    var events: [Event] = []
    var deliveries: [Delivery] = []
    var simulation: Simulation?

    /// Whether the events have not exactly one delivery for each of the order's URLs.
    func misses(_ urls: [WebhookURL]) -> Bool {
        let byEvent = Dictionary(grouping: deliveries, by: \.event)
        let wanted = Set(urls.map(\.text))
        return events.contains { event in
            let found = byEvent[event.row] ?? []
            // A URL that cannot be read is told of where it stands.
            let isReadable = found.allSatisfy { $0.url != nil }
            return found.count != wanted.count || isReadable && Set(found.compactMap(\.url)) != wanted
        }
    }

    /// - Returns: by the rows of the orders.
    static func of(orders: ClosedRange<Int64>, in scope: TenantScope) throws -> [Int64: OrderPartners] {
        let binds: [SQLValue] = [scope.tenantValue, .integer(orders.lowerBound), .integer(orders.upperBound)]
        var partners: [Int64: OrderPartners] = [:]
        let events = try scope.db.rows(
            """
            SELECT o.id, e.id, e.type, e.sequence, e.tenant_sequence, e.recorded_at
            FROM orders o JOIN order_events e ON e.order_id = o.id
            WHERE o.tenant_id = $1 AND o.id BETWEEN $2 AND $3 ORDER BY o.id, e.sequence
            """, binds
        ) { row in
            (
                order: try row.integer(0),
                event: Event(
                    row: try row.integer(1), type: try row.text(2), sequence: try row.integer(3),
                    feedPosition: try row.integer(4), recordedAt: try row.integer(5))
            )
        }
        for found in events { partners[found.order, default: OrderPartners()].events.append(found.event) }

        let urls = try self.urls(binds, in: scope)
        let deliveries = try scope.db.rows(
            """
            SELECT o.id, d.event_id, d.endpoint_id, d.status, d.created_at
            FROM orders o JOIN webhook_deliveries d ON d.order_id = o.id
            WHERE o.tenant_id = $1 AND o.id BETWEEN $2 AND $3
            """, binds
        ) { row in
            let endpoint = try row.integer(2)
            return (
                order: try row.integer(0),
                delivery: Delivery(
                    event: try row.integer(1), endpoint: endpoint, status: try row.text(3),
                    createdAt: try row.integer(4), url: urls[endpoint])
            )
        }
        for found in deliveries { partners[found.order, default: OrderPartners()].deliveries.append(found.delivery) }

        let simulations = try scope.db.rows(
            """
            SELECT o.id, s.step, t.kind
            FROM orders o JOIN simulated_prescriptions s ON s.order_id = o.id JOIN tenants t ON t.id = s.tenant_id
            WHERE o.tenant_id = $1 AND o.id BETWEEN $2 AND $3
            """, binds
        ) { row in
            (
                order: try row.integer(0),
                simulation: Simulation(
                    step: try row.integer(1), isOfSandbox: try row.text(2) == Tenant.Kind.sandbox.rawValue)
            )
        }
        for found in simulations { partners[found.order, default: OrderPartners()].simulation = found.simulation }
        return partners
    }

    /// The readable URLs of the orders' deliveries, by their rows.
    private static func urls(_ binds: [SQLValue], in scope: TenantScope) throws -> [Int64: String] {
        let urls = try scope.db.rows(
            """
            SELECT w.id, w.url FROM webhook_endpoints w WHERE w.id IN (
                SELECT d.endpoint_id FROM orders o JOIN webhook_deliveries d ON d.order_id = o.id
                WHERE o.tenant_id = $1 AND o.id BETWEEN $2 AND $3)
            """, binds
        ) { (row: try $0.integer(0), url: scope.opened(try $0.blob(1), "webhook-url", "")) }
        return Dictionary(
            urls.compactMap { found in found.url.map { (found.row, String(decoding: $0, as: UTF8.self)) } }
        ) { first, _ in first }
    }
}
