internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// The list of orders, and one order with everything that happened to it.
enum OrderPages {
    static let path = "\(Dashboard.path)/orders"

    static let routes = [
        // Before the pattern of an order's page.
        DashboardRoute(.get, "orders/export") { visit in
            let filter = filter(visit)
            return try await ListExport("orders", columns: columns) { page in
                try await visit.services.orders.list(filter, page: page, tenant: visit.tenant).map {
                    exported(try JSON.parse($0.bytes))
                }
            }.response(visit)
        },
        DashboardRoute(.get, "orders", refreshesAt: .records, handler: list),
        DashboardRoute(.get, "orders/{id}", refreshesAt: [.records, .requests], handler: order),
        DashboardRoute(.get, "orders/{id}/cancel", .write, handler: confirmCancellation),
        DashboardRoute(.post, "orders/{id}/cancel", .write, handler: cancel),
        DashboardRoute(.post, "orders/{id}/advance", .write, handler: advance),
    ]

    // MARK: List

    private static func filter(_ visit: DashboardVisit) -> OrderFilter {
        var filter = OrderFilter()
        filter.status = visit.filter("status").flatMap(OrderStatus.init(rawValue:))
        filter.reference = visit.filter("reference")
        filter.customerReference = visit.filter("customer")
        return filter
    }

    /// What an export has of an order: no memo and no notes, which may name the patient.
    private static let columns = [
        "uuid", "order_id", "customer_id", "status", "patient_id", "pharmacy_id", "medication", "strength", "price",
        "dispense_quantity", "days_supply", "carrier", "tracking", "created_at", "updated_at",
    ]

    /// An order with the members of its medication and its shipping in one object.
    private static func exported(_ order: JSON) -> JSON {
        let inner: [String: JSON?] = [
            "medication": order["medication"]?["name"], "strength": order["medication"]?["strength"],
            "price": order["medication"]?["price"], "carrier": order["shipping"]?["carrier"],
            "tracking": order["shipping"]?["tracking"],
        ]
        return .object(columns.map { JSON.Member($0, (inner[$0] ?? order[$0]) ?? .null) })
    }

    private static func list(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let filter = filter(visit)
        // Somebody who has the order's uuid goes straight to it.
        if let id = visit.filter("reference").flatMap({ OrderID($0) }) { return .redirect("\(path)/\(id)") }
        let page = try await visit.services.orders.list(filter, page: visit.page, tenant: visit.tenant)
        let orders = try page.items.map { row(try JSON.parse($0.bytes)) }
        let next = visit.nextURL(path, after: page)
        let isFiltered = filter != OrderFilter()
        return .page(
            DashboardPage(
                title: "Orders", section: path, template: "dashboard-orders",
                context: [
                    "orders": orders, "hasOrders": !orders.isEmpty, "isFiltered": isFiltered,
                    "hasTotal": page.total != nil, "total": page.total ?? 0, "isOne": page.total == 1,
                    "reference": visit.filter("reference") ?? "", "customer": visit.filter("customer") ?? "",
                    "statuses": DashboardVisit.options(chosen: filter.status),
                    "hasNext": next != nil, "next": next ?? "", "exports": ListExport.links(path, visit),
                    "command": orders.isEmpty ? visit.command("submitOrder") : [:],
                ]))
    }

    static func row(_ order: JSON) -> [String: Any] {
        let reference = order["order_id"]?.text
        return [
            "url": "\(path)/\(order["uuid"]?.text ?? "")", "id": String((order["uuid"]?.text ?? "").prefix(8)),
            "hasReference": reference != nil, "reference": reference ?? "",
            "customer": order["customer_id"]?.text ?? "", "status": order["status"]?.text ?? "",
            "medication": order["medication"]?["name"]?.text ?? "",
            "created": HubTime(order["created_at"]?.text)?.context ?? [:],
        ]
    }

    // MARK: One order

    private static func order(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let id: OrderID = try visit.id()
        var touching = RequestFilter()
        touching.order = id
        let order = try JSON.parse(try await visit.services.orders.get(id, tenant: visit.tenant).bytes)
        let timeline = try await visit.services.webhooks.timeline(of: id, tenant: visit.tenant)
        let requests = try await visit.services.requests.list(
            touching, page: PageRequest(page: 1, perPage: 25), tenant: visit.tenant)
        let status = order["status"]?.text.flatMap(OrderStatus.init(rawValue:))
        let mayWrite = visit.may(.write)
        let next =
            visit.tenant.isSandbox && mayWrite
            ? OrderStatus.allCases.filter { !(status?.path(to: $0).isEmpty ?? true) } : []
        var context = facts(of: order)
        context.merge([
            "steps": steps(order, timeline, canRedeliver: mayWrite),
            "requests": requests.items.map { RequestPages.row($0) },
            "hasRequests": !requests.items.isEmpty,
            "requestsURL": "\(RequestPages.path)?order=\(id)",
            "canCancel": mayWrite && (status?.isCancellable ?? false), "canAdvance": !next.isEmpty,
            "next": next.map { ["name": $0.rawValue] }, "url": "\(path)/\(id)",
            "hasDeliveries": timeline.entries.contains { !$0.deliveries.isEmpty },
        ]) { $1 }
        return .page(
            DashboardPage(
                title: "Order \(order["order_id"]?.text ?? String(id.description.prefix(8)))", section: path,
                template: "dashboard-order", context: context))
    }

    /// What the page shows of the order itself: no memo and no notes, which may name the patient.
    private static func facts(of order: JSON) -> [String: Any] {
        let (reference, customer) = (order["order_id"]?.text, order["customer_id"]?.text)
        let shipping = order["shipping"]
        return [
            "id": order["uuid"]?.text ?? "", "heading": reference ?? String((order["uuid"]?.text ?? "").prefix(8)),
            "hasReference": reference != nil, "reference": reference ?? "", "hasCustomer": customer != nil,
            "customer": customer ?? "", "status": order["status"]?.text ?? "",
            "patient": order["patient_id"]?.text ?? "",
            "patientURL": "\(PatientPages.path)/\(order["patient_id"]?.text ?? "")",
            "medication": order["medication"]?["name"]?.text ?? "",
            "hasStrength": order["medication"]?["strength"]?.text != nil,
            "strength": order["medication"]?["strength"]?.text ?? "",
            "price": order["medication"]?["price"]?.text ?? "",
            "pharmacy": order["medication"]?["pharmacy"]?.text ?? "",
            "quantity": order["dispense_quantity"]?.written ?? "",
            "created": HubTime(order["created_at"]?.text)?.context ?? [:],
            "hasTracking": shipping?["tracking"]?.text != nil, "carrier": shipping?["carrier"]?.text ?? "",
            "tracking": shipping?["tracking"]?.text ?? "",
            "dispatch": order["dispatch"]?["status"]?.text ?? "",
        ]
    }

    /// The changes of the order's status, oldest first, each with the events that report it.
    private static func steps(
        _ order: JSON, _ timeline: OrderTimeline, canRedeliver: Bool
    ) -> [[String: Any]] {
        let changes = order["status_history"]?.elements ?? []
        return changes.map { change in
            let status = change["status"]?.text ?? ""
            let reason = change["reason"]?.text
            let events = timeline.entries.filter { $0.type.status.rawValue == status }
            return [
                "status": status, "at": HubTime(change["at"]?.text)?.context ?? [:], "hasReason": reason != nil,
                "reason": reason ?? "", "events": events.map { event($0, canRedeliver: canRedeliver) },
            ]
        }
    }

    private static func event(_ entry: OrderTimeline.Entry, canRedeliver: Bool) -> [String: Any] {
        [
            "type": entry.type.rawValue, "sequence": entry.sequence, "hasDeliveries": !entry.deliveries.isEmpty,
            "deliveries": entry.deliveries.map { delivery in
                [
                    "url": delivery.url.text, "isPending": delivery.status == .pending,
                    "isUntried": delivery.attempts.isEmpty, "hasNext": delivery.nextAttemptAt != nil,
                    "next": delivery.nextAttemptAt.map { HubTime($0).context } ?? [:],
                    "isFailed": delivery.status == .failed,
                    "canRedeliver": canRedeliver && delivery.status != .pending,
                    "redeliverURL": WebhookPages.redeliveryPath(of: delivery.id),
                    "attempts": delivery.attempts.map(attempt),
                ] as [String: Any]
            },
        ]
    }

    private static func attempt(_ attempt: Delivery.Attempt) -> [String: Any] {
        let response = String(decoding: attempt.response, as: UTF8.self)
        return [
            "result": attempt.statusCode.map(String.init) ?? "no response", "isSuccess": attempt.isSuccess,
            "duration": attempt.duration.inMilliseconds, "hasError": attempt.error != nil, "error": attempt.error ?? "",
            "at": HubTime(attempt.at).context, "hasResponse": !response.isEmpty, "response": response,
        ]
    }

    // MARK: Changes

    private static func confirmCancellation(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let id: OrderID = try visit.id()
        let order = try JSON.parse(try await visit.services.orders.get(id, tenant: visit.tenant).bytes)
        var context = facts(of: order)
        context["url"] = "\(path)/\(id)"
        return .page(
            DashboardPage(
                title: "Cancel the order", section: path, template: "dashboard-order-cancel", context: context))
    }

    private static func cancel(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let id: OrderID = try visit.id()
        let reason = visit.form["reason"]?.trimmed
        _ = try await visit.services.orders.cancel(
            id, reason: reason.flatMap { $0.isEmpty ? nil : $0 }, tenant: visit.tenant)
        return .redirect("\(path)/\(id)")
    }

    private static func advance(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let id: OrderID = try visit.id()
        guard let status = visit.form["status"].flatMap(OrderStatus.init(rawValue:)) else {
            throw ServiceError.invalid(ValidationErrors("status", "status must be one of the order statuses."))
        }
        _ = try await visit.services.sandbox.advance(id, to: status, tenant: visit.tenant)
        return .redirect("\(path)/\(id)")
    }
}
