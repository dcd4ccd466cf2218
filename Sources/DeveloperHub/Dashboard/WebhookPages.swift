internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// The health of webhook URLs, and the deliveries to all of them.
enum WebhookPages {
    static let path = "\(Dashboard.path)/webhooks"

    static let routes = [
        DashboardRoute(.get, "webhooks", handler: list),
        DashboardRoute(.post, "webhooks/{id}/redeliver", .write, handler: redeliver),
    ]

    static func redeliveryPath(of id: DeliveryID) -> String { "\(path)/\(id)/redeliver" }

    private static func list(_ visit: DashboardVisit) async throws -> DashboardResponse {
        var filter = DeliveryFilter()
        filter.status = visit.filter("status").flatMap(Delivery.Status.init(rawValue:))
        filter.event = visit.filter("event").flatMap(EventType.init(rawValue:))
        let page = try await visit.services.webhooks.deliveries(filter, page: visit.page, tenant: visit.tenant)
        let health = try await visit.services.webhooks.health(
            page: PageRequest(page: 1, perPage: 10), tenant: visit.tenant)
        let next = visit.nextURL(path, after: page)
        let mayWrite = visit.may(.write)
        return .page(
            DashboardPage(
                title: "Webhooks", section: path, template: "dashboard-webhooks",
                context: [
                    "urls": health.urls.items.map(url), "hasURLs": !health.urls.items.isEmpty,
                    "deliveries": page.items.map { row($0, canRedeliver: mayWrite) },
                    "hasDeliveries": !page.items.isEmpty, "isFiltered": filter != DeliveryFilter(),
                    "statuses": DashboardVisit.options(chosen: filter.status),
                    "events": DashboardVisit.options(chosen: filter.event),
                    "hasNext": next != nil, "next": next ?? "",
                ]))
    }

    private static func url(_ endpoint: EndpointSummary) -> [String: Any] {
        let health = endpoint.health
        return [
            "url": endpoint.url.text, "isFailing": health.isFailing, "pending": endpoint.pending,
            "failures": health.failures, "hasSuccess": health.lastSuccess != nil,
            "success": health.lastSuccess.map { HubTime($0).context } ?? [:], "hasError": health.lastError != nil,
            "error": health.lastError ?? "",
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
            "event": delivery.event.rawValue, "orderURL": "\(OrderPages.path)/\(delivery.orderID)",
            "order": String(delivery.orderID.description.prefix(8)), "url": delivery.url.text, "tone": tone,
            "status": delivery.status.rawValue, "attempts": delivery.attempts,
            "created": HubTime(delivery.createdAt).context,
            "canRedeliver": canRedeliver && delivery.status != .pending,
            "redeliverURL": redeliveryPath(of: delivery.id),
        ]
    }

    /// Leads to the order, whose timeline shows the new attempts.
    private static func redeliver(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let delivery = try await visit.services.webhooks.redeliver(visit.id(), tenant: visit.tenant)
        return .redirect("\(OrderPages.path)/\(delivery.orderID)")
    }
}
