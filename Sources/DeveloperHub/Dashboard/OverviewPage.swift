internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// What is going on: orders by status, requests and errors over time, and webhook URLs that fail.
enum OverviewPage {
    static let route = DashboardRoute(.get, "", handler: overview)

    private static func overview(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let (services, tenant) = (visit.services, visit.tenant)
        let orders = try await services.orders.counts(tenant: tenant)
        let span = visit.filter("span").flatMap(Span.init(rawValue:)) ?? .day
        let counts = try await services.requests.counts(since: span.start(at: visit.now), tenant: tenant)
        let health = try await services.webhooks.health(page: PageRequest(page: 1, perPage: 10), tenant: tenant)
        let steps = try await Checklist.steps(visit, orders: orders, health: health.urls.items)
        let chart = RequestChart(counts, over: span, until: visit.now)
        var context = try await limits(visit, counts)
        context.merge([
            "orderCount": orders.values.reduce(0, +), "hasOrders": !orders.isEmpty,
            "statuses": OrderStatus.allCases.map {
                ["name": $0.rawValue, "count": orders[$0] ?? 0, "url": "\(OrderPages.path)?status=\($0.rawValue)"]
                    as [String: Any]
            },
            "failing": health.failing, "hasFailing": health.failing > 0, "isOneFailing": health.failing == 1,
            "steps": steps, "hasSteps": steps.contains { $0["isDone"] as? Bool == false },
            "requestCount": chart.requests, "errorCount": chart.errors, "hasRequests": chart.requests > 0,
            "chart": chart.context, "tenant": tenant.name,
            "spans": Span.allCases.map {
                ["name": $0.words, "url": "\(Dashboard.path)?span=\($0.rawValue)", "isCurrent": $0 == span]
                    as [String: Any]
            },
        ]) { $1 }
        context.merge(errors(counts)) { $1 }
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

    private static func errors(_ counts: [RequestCount]) -> [String: Any] {
        let errors = Dictionary(grouping: counts.filter { $0.key.code != nil }, by: { $0.key.code ?? "" })
            .mapValues { $0.reduce(0) { $0 + $1.count } }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return [
            "hasErrors": !errors.isEmpty,
            "errors": errors.map {
                [
                    "code": $0.key, "count": $0.value, "url": "\(RequestPages.path)?code=\($0.key)",
                    "help": "/docs/errors#\($0.key)",
                ] as [String: Any]
            },
        ]
    }
}

/// The span of time that the overview shows.
enum Span: String, CaseIterable {
    case day = "24h"
    case week = "7d"
    case month = "30d"

    var words: String {
        switch self {
        case .day: "24 hours"
        case .week: "7 days"
        case .month: "30 days"
        }
    }

    /// One bar of the chart.
    var step: Duration { self == .day ? .hours(1) : .days(1) }

    var bars: Int {
        switch self {
        case .day: 24
        case .week: 7
        case .month: 30
        }
    }

    /// The beginning of the first bar, on a full hour.
    func start(at now: Timestamp) -> Timestamp { now.hour + .hours(1) - step * bars }
}

/// Requests over time: a bar for each hour or day, drawn by the template.
struct RequestChart {
    struct Bar {
        let start: Timestamp
        var requests = 0
        var errors = 0
    }

    let bars: [Bar]
    let span: Span

    /// The size of the drawing in its own units.
    private static let (width, height) = (20, 120)

    init(_ counts: [RequestCount], over span: Span, until now: Timestamp) {
        let start = span.start(at: now)
        var bars = (0..<span.bars).map { Bar(start: start + span.step * $0) }
        // Only what is in the span: a division would round earlier hours to the first bar.
        for count in counts where count.key.hour >= start {
            let index = Int(count.key.hour.since(start).milliseconds / span.step.milliseconds)
            guard bars.indices.contains(index) else { continue }
            bars[index].requests += count.count
            if count.key.code != nil { bars[index].errors += count.count }
        }
        self.bars = bars
        self.span = span
    }

    var requests: Int { bars.reduce(0) { $0 + $1.requests } }
    var errors: Int { bars.reduce(0) { $0 + $1.errors } }

    var context: [String: Any] {
        let most = max(1, bars.map(\.requests).max() ?? 1)
        let bars = bars.enumerated().map { index, bar -> [String: Any] in
            let all = bar.requests * RequestChart.height / most
            // An error is visible among however many requests.
            let errors = min(all, bar.errors == 0 ? 0 : max(2, bar.errors * RequestChart.height / most))
            let text = bar.start.description
            return [
                "x": index * RequestChart.width + 2, "y": RequestChart.height - all, "height": all,
                "errorY": RequestChart.height - errors, "errorHeight": errors,
                "label": span == .day ? String(text.dropFirst(11).prefix(5)) : String(text.prefix(10)),
                "requests": bar.requests, "errors": bar.errors,
            ]
        }
        return [
            "bars": bars, "viewBox": "0 0 \(bars.count * RequestChart.width) \(RequestChart.height)",
            "unit": span == .day ? "Hour (UTC)" : "Day from",
        ]
    }
}

/// The steps of the quick start, ticked from what the tenant has done.
enum Checklist {
    static func steps(
        _ visit: DashboardVisit, orders: [OrderStatus: Int], health: [EndpointSummary]
    ) async throws -> [[String: Any]] {
        let hasOrder = !orders.isEmpty
        let hasPatient = try await visit.services.patients.count(tenant: visit.tenant) > 0
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
                case "createPatient": hasPatient || hasOrder
                case "submitOrder": hasOrder
                default: try await wasCalled(operation)
                }
            steps.append(["title": title, "isDone": isDone, "url": "/docs/quick-start#\(anchor)"])
        }
        let hasWebhook = health.contains { $0.health.lastSuccess != nil }
        return steps + [["title": "Receive a webhook", "isDone": hasWebhook, "url": "/docs/webhooks"]]
    }
}
