internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// What is going on: orders by status, requests and errors of the last day, and webhook URLs that fail.
enum OverviewPage {
    static let route = DashboardRoute(.get, "", handler: overview)

    private static func overview(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let (services, tenant) = (visit.services, visit.tenant)
        let orders = try await services.orders.counts(tenant: tenant)
        let start = visit.now.hour - .hours(23)
        let counts = try await services.requests.counts(since: start, tenant: tenant)
        let failing = try await services.webhooks.health(page: PageRequest(page: 1, perPage: 1), tenant: tenant).failing
        let errors = Dictionary(grouping: counts.filter { $0.key.code != nil }, by: { $0.key.code ?? "" })
            .mapValues { $0.reduce(0) { $0 + $1.count } }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let hours = (0..<24).map { hour in
            let own = counts.filter { $0.key.hour == start + .hours(hour) }
            return RequestChart.Hour(
                start: start + .hours(hour), requests: own.reduce(0) { $0 + $1.count },
                errors: own.filter { $0.key.code != nil }.reduce(0) { $0 + $1.count })
        }
        let chart = RequestChart(hours: hours)
        return .page(
            DashboardPage(
                title: "Overview", section: Dashboard.path, template: "dashboard-overview",
                context: [
                    "orderCount": orders.values.reduce(0, +), "hasOrders": !orders.isEmpty,
                    "statuses": OrderStatus.allCases.map {
                        [
                            "name": $0.rawValue, "count": orders[$0] ?? 0,
                            "url": "\(OrderPages.path)?status=\($0.rawValue)",
                        ] as [String: Any]
                    },
                    "failing": failing, "hasFailing": failing > 0, "isOneFailing": failing == 1,
                    "requestCount": hours.reduce(0) { $0 + $1.requests },
                    "errorCount": hours.reduce(0) { $0 + $1.errors },
                    "hasRequests": hours.contains { $0.requests > 0 }, "chart": chart.context,
                    "hasErrors": !errors.isEmpty,
                    "errors": errors.map {
                        [
                            "code": $0.key, "count": $0.value, "url": "\(RequestPages.path)?code=\($0.key)",
                            "help": "/docs/errors#\($0.key)",
                        ] as [String: Any]
                    },
                    "tenant": tenant.name,
                ]))
    }
}

/// A bar for each hour, drawn by the template.
struct RequestChart {
    struct Hour {
        let start: Timestamp
        let requests: Int
        let errors: Int
    }

    let hours: [Hour]

    /// The height of the drawing in its own units.
    private static let height = 120
    private static let width = 20

    var context: [String: Any] {
        let most = max(1, hours.map(\.requests).max() ?? 1)
        let bars = hours.enumerated().map { index, hour -> [String: Any] in
            let all = hour.requests * RequestChart.height / most
            let errors = min(all, hour.errors == 0 ? 0 : max(2, hour.errors * RequestChart.height / most))
            return [
                "x": index * RequestChart.width + 2, "y": RequestChart.height - all, "height": all,
                "errorY": RequestChart.height - errors, "errorHeight": errors, "start": HubTime(hour.start).context,
                "clock": String(hour.start.description.dropFirst(11).prefix(5)), "requests": hour.requests,
                "errors": hour.errors,
            ]
        }
        return [
            "bars": bars, "viewBox": "0 0 \(hours.count * RequestChart.width) \(RequestChart.height)", "most": most,
        ]
    }
}
