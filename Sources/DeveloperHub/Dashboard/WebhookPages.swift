internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// The health of webhook URLs, the registered endpoints, and the deliveries to all of them.
enum WebhookPages {
    static let path = "\(Dashboard.path)/webhooks"

    static let routes = [
        DashboardRoute(.get, "webhooks", refreshesAt: .records, handler: list),
        DashboardRoute(.get, "webhooks/export") { visit in
            let (filter, resource) = (filter(visit), WebhookResource.delivery)
            return try await ListExport("deliveries", columns: resource.names) { page in
                try await visit.services.webhooks.deliveries(filter, page: page, tenant: visit.tenant)
                    .map(resource.encode)
            }.response(visit)
        },
        DashboardRoute(.get, "webhooks/recover", .write, handler: confirmRecovery),
        DashboardRoute(.post, "webhooks/recover", .write, handler: recover),
        DashboardRoute(.post, "webhooks/{id}/redeliver", .write, handler: redeliver),
    ]

    static func redeliveryPath(of id: DeliveryID) -> String { "\(path)/\(id)/redeliver" }

    private static func filter(_ visit: DashboardVisit) -> DeliveryFilter {
        var filter = DeliveryFilter()
        filter.status = visit.filter("status").flatMap(Delivery.Status.init(rawValue:))
        filter.event = visit.filter("event").flatMap(WebhookEventType.init(rawValue:))
        return filter
    }

    private static func list(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let filter = filter(visit)
        let page = try await visit.services.webhooks.deliveries(filter, page: visit.page, tenant: visit.tenant)
        let health = try await visit.services.webhooks.health(
            page: PageRequest(page: 1, perPage: 10), tenant: visit.tenant)
        let endpoints = try await visit.services.webhooks.endpoints(tenant: visit.tenant)
        let next = visit.nextURL(path, after: page)
        let mayWrite = visit.may(.write)
        let canRecover =
            mayWrite ? try await visit.services.webhooks.isRecoverable(tenant: visit.tenant) : false
        return .page(
            DashboardPage(
                title: "Webhooks", section: path, template: "dashboard-webhooks",
                context: [
                    "canRecover": canRecover,
                    "dayAgo": String((visit.now - .hours(24)).description.prefix(16)),
                    "urls": health.urls.items.map(url), "hasURLs": !health.urls.items.isEmpty,
                    "endpoints": endpoints.map(endpoint), "hasEndpoints": !endpoints.isEmpty,
                    "deliveries": page.items.map { row($0, canRedeliver: mayWrite) },
                    "hasDeliveries": !page.items.isEmpty, "isFiltered": filter != DeliveryFilter(),
                    "statuses": DashboardVisit.options(chosen: filter.status),
                    "events": DashboardVisit.options(chosen: filter.event),
                    "hasNext": next != nil, "next": next ?? "", "exports": ListExport.links(path, visit),
                    "command": health.urls.items.isEmpty ? visit.command("submitOrder") : [:],
                ]))
    }

    private static func url(_ endpoint: EndpointSummary) -> [String: Any] {
        let health = endpoint.health
        return [
            "url": endpoint.url.text, "isFailing": health.isFailing, "pending": endpoint.pending,
            "hasSuccess": health.lastSuccess != nil,
            "success": health.lastSuccess.map { HubTime($0).context } ?? [:], "hasError": health.lastError != nil,
            "error": health.lastError ?? "",
        ]
    }

    private static func endpoint(_ endpoint: RegisteredEndpoint) -> [String: Any] {
        let details = endpoint.details
        return [
            "url": details.url.text, "isPaused": details.isPaused, "receivesAll": details.events.isEmpty,
            "events": details.events.map(\.rawValue).joined(separator: ", "),
            "retries": details.retrySchedule.rawValue, "hasNote": details.description != nil,
            "note": details.description ?? "", "created": HubTime(endpoint.createdAt).context,
        ]
    }

    private static func row(_ delivery: DeliverySummary, canRedeliver: Bool) -> [String: Any] {
        let tone =
            switch delivery.status {
            case .succeeded: "good"
            case .pending: "info"
            case .failed: "bad"
            }
        return [
            "event": delivery.event.rawValue, "hasOrder": delivery.orderID != nil,
            "orderURL": delivery.orderID.map { "\(OrderPages.path)/\($0)" } ?? "",
            "order": delivery.orderID.map { String($0.description.prefix(8)) } ?? "", "url": delivery.url.text,
            "tone": tone,
            "status": delivery.status.rawValue, "attempts": delivery.attempts,
            "created": HubTime(delivery.createdAt).context,
            "canRedeliver": canRedeliver && delivery.status != .pending,
            "redeliverURL": redeliveryPath(of: delivery.id),
        ]
    }

    // MARK: Changes

    /// Says how many deliveries would be made again.
    private static func confirmRecovery(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let text = visit.filter("since") ?? ""
        let since = try moment(text)
        let count = try await visit.services.webhooks.recoverable(since: since, tenant: visit.tenant)
        return .page(
            DashboardPage(
                title: "Recover deliveries", section: path, template: "dashboard-webhook-recovery",
                context: [
                    "count": count, "hasAny": count > 0, "isOne": count == 1, "sinceText": text,
                    "since": HubTime(since).context, "url": path,
                ]))
    }

    private static func recover(_ visit: DashboardVisit) async throws -> DashboardResponse {
        _ = try await visit.services.webhooks.recover(since: moment(visit.form["since"] ?? ""), tenant: visit.tenant)
        return .redirect("\(path)?status=pending")
    }

    /// A time in UTC as a browser's form has it (`2026-11-26T10:00`), or as the API has it.
    private static func moment(_ text: String) throws -> Timestamp {
        let candidates = [text, text + "Z", text + ":00Z"]
        guard let moment = candidates.lazy.compactMap({ Timestamp($0) }).first else {
            throw ServiceError.invalid(ValidationErrors("since", "since must be a date and a time, in UTC."))
        }
        return moment
    }

    /// Leads to the order, whose timeline shows the new attempts; without an order, to the deliveries.
    private static func redeliver(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let delivery = try await visit.services.webhooks.redeliver(visit.id(), tenant: visit.tenant)
        return .redirect(delivery.orderID.map { "\(OrderPages.path)/\($0)" } ?? "\(path)?status=pending")
    }
}
