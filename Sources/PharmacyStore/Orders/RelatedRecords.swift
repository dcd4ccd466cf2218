internal import PharmacyDomain

/// The rows of other tables that belong to an order.
struct RelatedRecords {
    struct Event {
        let row: Int64
        let type: String
        let sequence: Int64
        let feedPosition: Int64
        let recordedAt: Int64
    }

    struct EventDelivery {
        let event: Int64
        let endpoint: Int64
        /// `nil`: not a state that this program knows.
        let state: DeliveryState?
        let createdAt: Int64
        /// Whether the order names the URL. Other deliveries were made for registered endpoints.
        let isNamedByOrder: Bool
        /// `nil` where it cannot be read.
        let url: String?
    }

    struct Simulation {
        let step: Int64
        let isOfSandbox: Bool
    }

    /// By their sequence.
    var events: [Event] = []
    var deliveries: [EventDelivery] = []
    var simulation: Simulation?

    /// Whether the events have not exactly one delivery for each of the order's URLs.
    /// - Parameter first: the `sequence` of the first event for which the order has had these URLs.
    func misses(_ urls: [WebhookURL], from first: Int) -> Bool {
        let byEvent = Dictionary(grouping: deliveries.filter(\.isNamedByOrder), by: \.event)
        let wanted = Set(urls.map(\.text))
        return events.contains { event in
            guard event.sequence >= first else { return false }
            let found = byEvent[event.row] ?? []
            // The check of the URLs reports one that cannot be read.
            let isReadable = found.allSatisfy { $0.url != nil }
            return found.count != wanted.count || isReadable && Set(found.compactMap(\.url)) != wanted
        }
    }

    /// - Returns: by the rows of the orders.
    static func of(orders: ClosedRange<Int64>, in scope: TenantScope) throws -> [Int64: RelatedRecords] {
        let binds: [SQLValue] = [scope.tenantValue, .integer(orders.lowerBound), .integer(orders.upperBound)]
        var related: [Int64: RelatedRecords] = [:]
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
        for found in events { related[found.order, default: RelatedRecords()].events.append(found.event) }

        let urls = try self.urls(binds, in: scope)
        let deliveries = try scope.db.rows(
            """
            SELECT o.id, d.event_id, d.endpoint_id, d.status, d.created_at, d.registration_id
            FROM orders o JOIN webhook_deliveries d ON d.order_id = o.id
            WHERE o.tenant_id = $1 AND o.id BETWEEN $2 AND $3
            """, binds
        ) { row in
            let endpoint = try row.integer(2)
            return (
                order: try row.integer(0),
                delivery: EventDelivery(
                    event: try row.integer(1), endpoint: endpoint, state: DeliveryState(rawValue: try row.text(3)),
                    createdAt: try row.integer(4), isNamedByOrder: row.isNull(5), url: urls[endpoint])
            )
        }
        for found in deliveries { related[found.order, default: RelatedRecords()].deliveries.append(found.delivery) }

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
        for found in simulations { related[found.order, default: RelatedRecords()].simulation = found.simulation }
        return related
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
