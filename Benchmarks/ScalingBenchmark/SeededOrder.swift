internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore
internal import PharmacyTestSupport

/// A patient and an order of one partner, sealed and ready to be written.
struct SeededOrder: Sendable {
    let partner: Partners.Partner
    /// All but its `change_sequence` and `live_count`.
    let patientRow: [SQLValue]
    /// All but its `change_sequence`.
    let orderRow: [SQLValue]
    let auditEvents: [AuditEvent]

    private let orderID: SQLValue
    private let event: OrderEvent
    private let payload: SQLValue
    private let deliveryID: SQLValue
    private let endpoint: Int64
    private let isUndelivered: Bool

    init(
        number: Int, partner: Partners.Partner, url: Int, medications: [CatalogItem], entropy: Entropy,
        at now: Timestamp
    ) throws {
        let sample = SamplePayload(number: number, url: partner.urls[url])
        let details = try PatientDetails(parsing: sample.patient, today: CalendarDate(now))
        let patient = Patient(
            id: entropy.identifier(), details: details, sync: .synced(at: now), createdAt: now, updatedAt: now)
        let draft = try OrderDraft(
            parsing: sample.order(for: patient.id.description, medications: medications),
            egress: EgressPolicy(tenant: partner.tenant.kind, servedOnLoopback: true))
        let placed = Order.placed(
            id: entropy.identifier(), eventID: entropy.identifier(), terms: draft.terms,
            medication: medications[number % medications.count], at: now)
        let order = SeededOrder.advanced(placed.order, to: sample.status, entropy, at: now)
        let event = placed.event
        let seals = Seals(partner: partner)
        patientRow = [
            .integer(partner.row), patient.id.value, seals.digest(details.externalID, "external-id"),
            seals.digest(details.duplicateKey, "likeness"),
            try seals.seal(Array(details.email.lowercased().utf8), "email", patient.id.description),
            try seals.seal(patient.document.bytes, "patient", patient.id.description),
            .integer(now.milliseconds), .integer(now.milliseconds),
        ]
        orderRow = [
            .integer(partner.row), order.id.value, .text(order.status.rawValue),
            seals.digest(order.terms.reference, "order-reference"),
            seals.digest(order.terms.customerReference, "customer-reference"), order.patientID.value,
            .integer(now.milliseconds), .integer(order.updatedAt.milliseconds),
            try seals.seal(order.document.bytes, "order", order.id.description),
            try seals.seal(patient.document.bytes, "snapshot", order.id.description), 1,
            .text(DispatchState.accepted.rawValue),
        ]
        payload = try seals.seal(event.payload.bytes, "event", event.id.description)
        auditEvents = [
            SeededOrder.line(.patientCreated, [patient.id.description], partner, entropy, at: now),
            SeededOrder.line(.orderCreated, [order.id.description, patient.id.description], partner, entropy, at: now),
        ]
        let delivery: DeliveryID = entropy.identifier()
        deliveryID = delivery.value
        orderID = order.id.value
        endpoint = partner.endpoints[url]
        isUndelivered = sample.isUndelivered
        self.partner = partner
        self.event = event
    }

    /// The pharmacy has it, and it has come so far.
    private static func advanced(
        _ order: Order, to status: OrderStatus, _ entropy: Entropy, at now: Timestamp
    ) -> Order {
        let hasShipped = status == .shipped || status == .delivered
        let shipping = Order.Shipping.simulated(
            seed: order.id.seed, status: status == .delivered ? "Delivered" : "In Transit")
        var order = order.applying(
            [Order.Report(status, shipping: hasShipped ? shipping : nil)], at: now,
            newEventID: { entropy.identifier() }
        ).order
        order.dispatch = order.dispatch.showing(.accepted, attempts: 1)
        return order
    }

    private static func line(
        _ action: AuditAction, _ subjects: [String], _ partner: Partners.Partner, _ entropy: Entropy, at now: Timestamp
    ) -> AuditEvent {
        let request: EventID = entropy.identifier()
        return AuditEvent(
            at: now, tenant: partner.tenant.id, actor: .credential(partner.client), action: action, subjects: subjects,
            requestID: request.description)
    }

    func eventRow(orders: [SQLValue: Int64], sequence: Int64) throws -> [SQLValue] {
        [
            .integer(partner.row), event.id.value, try SeededOrder.row(orderID, in: orders),
            .text(event.type.rawValue), SQLValue(event.sequence), .integer(sequence),
            .integer(event.occurredAt.milliseconds), payload,
        ]
    }

    /// How many attempts the delivery took.
    private var attempts: Int { isUndelivered ? 1 + DeliveryPolicy.retries : 1 }

    func deliveryRow(orders: [SQLValue: Int64], events: [SQLValue: Int64]) throws -> [SQLValue] {
        [
            .integer(partner.row), deliveryID, try SeededOrder.row(orderID, in: orders),
            try SeededOrder.row(event.id.value, in: events), .integer(endpoint),
            .text((isUndelivered ? DeliveryState.failed : .succeeded).rawValue),
            SQLValue(attempts),
            .integer(event.occurredAt.milliseconds), .integer(event.occurredAt.milliseconds + 80),
        ]
    }

    func attemptRows(deliveries: [SQLValue: Int64]) throws -> [[SQLValue]] {
        guard let delivery = deliveries[deliveryID] else { throw BenchmarkFailure.setUp("a row has no id") }
        let answer = try Seals(partner: partner).seal(
            Array(#"{"received":true}"#.utf8), "answer", String(delivery))
        return (0..<attempts).map { _ in
            [
                .integer(delivery), .integer(event.occurredAt.milliseconds), 80, isUndelivered ? 500 : 200, nil,
                answer,
            ]
        }
    }

    private static func row(_ uuid: SQLValue, in rows: [SQLValue: Int64]) throws -> SQLValue {
        guard let row = rows[uuid] else { throw BenchmarkFailure.setUp("a row has no id") }
        return .integer(row)
    }
}

/// Seals as `TenantScope` does.
private struct Seals {
    let partner: Partners.Partner

    func seal(_ bytes: [UInt8], _ kind: String, _ id: String) throws -> SQLValue {
        .blob(try partner.key.seal(bytes, as: "\(partner.tenant.id)/\(kind)/\(id)"))
    }

    func digest(_ text: String?, _ kind: String) -> SQLValue {
        text.map { .blob(partner.key.digest(Array($0.utf8), as: kind)) } ?? .null
    }
}
