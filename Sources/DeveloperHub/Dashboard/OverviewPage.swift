internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// What is going on: orders by status, requests and errors over time, and webhook URLs that fail.
enum OverviewPage {
    static let route = DashboardRoute(.get, "", refreshesAt: [.records, .requests], handler: overview)

    private static func overview(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let (services, tenant) = (visit.services, visit.tenant)
        let orders = try await services.orders.counts(tenant: tenant)
        let span = visit.filter("span").flatMap(Span.init(rawValue:)) ?? .day
        let start = span.start(at: visit.now)
        let counts = try await services.requests.counts(since: start, tenant: tenant)
        let deliveries = try await services.webhooks.counts(since: start, tenant: tenant)
        let submitted = try await services.orders.counts(from: start, step: span.step, count: span.bars, tenant: tenant)
        let health = try await services.webhooks.health(page: PageRequest(page: 1, perPage: 10), tenant: tenant)
        let steps = try await Checklist.steps(visit, orders: orders, health: health.urls.items)
        let prices = await services.pharmacies.freshness(tenant: tenant)
        let requests = ActivityChart(counts, over: span, until: visit.now)
        let errors = RequestPages.errors(counts)
        var context = try await limits(visit, counts)
        context.merge([
            "hasOrders": !orders.isEmpty,
            "statuses": OrderStatus.allCases.map {
                ["name": $0.rawValue, "count": orders[$0] ?? 0, "url": "\(OrderPages.path)?status=\($0.rawValue)"]
                    as [String: Any]
            },
            "failing": health.failing, "hasFailing": health.failing > 0, "isOneFailing": health.failing == 1,
            "steps": steps, "hasSteps": steps.contains { $0["isDone"] as? Bool == false },
            "orderChart": ActivityChart(submitted, over: span).context,
            "deliveryChart": ActivityChart(deliveries, over: span, until: visit.now).context,
            "requestChart": requests.context,
            "prices": prices.map { freshness in
                [
                    "name": freshness.name, "url": "\(PharmacyPages.path)/\(freshness.pharmacy)",
                    "asOf": HubTime(freshness.asOf).context, "isFresh": freshness.isFresh,
                ] as [String: Any]
            }, "hasPrices": !prices.isEmpty,
            "servedFor": Catalog.servedFor.inWords, "span": span.words,
            "errors": errors, "hasErrors": !errors.isEmpty, "command": requests.all == 0 ? visit.command("ping") : [:],
            "spans": Span.allCases.map {
                ["name": $0.words, "url": "\(Dashboard.path)?span=\($0.rawValue)", "isCurrent": $0 == span]
                    as [String: Any]
            },
        ]) { $1 }
        return .page(
            DashboardPage(
                title: "Overview", section: Dashboard.path, template: "dashboard-overview", context: context))
    }

    /// What is left of the credential's rate limit now, and how often it was exceeded.
    private static func limits(_ visit: DashboardVisit, _ counts: [RequestCount]) async throws -> [String: Any] {
        let verdict = await visit.limits.rateLimiter.verdict(
            on: "credential:\(visit.signedIn.caller.clientID)", limit: visit.limits.general)
        let refused = counts.filter { $0.key.code == APIErrorCode.rateLimited.rawValue }
        return [
            "rateLimit": visit.limits.general.description, "remaining": verdict.remaining,
            "limited": refused.reduce(0) { $0 + $1.count }, "wasLimited": !refused.isEmpty,
        ]
    }
}

/// The steps of the quick start, ticked from what the tenant has done.
enum Checklist {
    static func steps(
        _ visit: DashboardVisit, orders: [OrderStatus: Int], health: [EndpointSummary]
    ) async throws -> [[String: Any]] {
        let hasOrder = !orders.isEmpty
        // Each order has a patient.
        let hasPatient = hasOrder ? true : try await visit.services.patients.count(tenant: visit.tenant) > 0
        func wasCalled(_ operation: String) async throws -> Bool {
            if hasOrder { return true }
            var filter = RequestFilter()
            (filter.operation, filter.statusClass) = (operation, .successful)
            return try await !visit.services.requests.list(
                filter, page: PageRequest(page: 1, perPage: 1), tenant: visit.tenant
            ).items.isEmpty
        }
        var steps: [[String: Any]] = []
        for (operation, title, anchor) in HomePage.steps {
            let isDone =
                switch operation {
                case "createCredential": true
                case "createPatient": hasPatient
                case "submitOrder": hasOrder
                default: try await wasCalled(operation)
                }
            steps.append(["title": title, "isDone": isDone, "url": "/docs/quick-start#\(anchor)"])
        }
        let hasWebhook = health.contains { $0.health.lastSuccess != nil }
        return steps + [["title": "Receive a webhook", "isDone": hasWebhook, "url": "/docs/webhooks"]]
    }
}
