internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// The request log.
enum RequestPages {
    static let path = "\(Dashboard.path)/requests"

    static let routes = [
        DashboardRoute(.get, "requests/export") { visit in
            let (filter, resource) = (filter(visit), LoggedRequestResource.request)
            return try await ListExport("requests", columns: resource.names) { page in
                try await visit.services.requests.list(filter, page: page, tenant: visit.tenant).map(resource.encode)
            }.response(visit)
        },
        DashboardRoute(.get, "requests", refreshesAt: .requests, handler: list),
        DashboardRoute(.get, "requests/{id}", handler: request),
    ]

    private static func filter(_ visit: DashboardVisit) -> RequestFilter {
        var filter = RequestFilter()
        filter.statusClass = visit.filter("status").flatMap(StatusClass.init(rawValue:))
        filter.code = visit.filter("code").flatMap(APIErrorCode.init(rawValue:))?.rawValue
        filter.operation = visit.filter("operation")
        filter.order = visit.filter("order").flatMap { OrderID($0) }
        filter.credential = visit.filter("credential").flatMap { ClientID($0) }
        return filter
    }

    private static func list(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let filter = filter(visit)
        if let id = visit.filter("id") { return .redirect("\(path)/\(PercentEncoding.encode(id))") }
        let page = try await visit.services.requests.list(filter, page: visit.page, tenant: visit.tenant)
        let next = visit.nextURL(path, after: page)
        let isFiltered = filter != RequestFilter()
        let errors =
            isFiltered
            ? [] : errors(try await visit.services.requests.counts(since: visit.now - .hours(24), tenant: visit.tenant))
        let operations = PartnerAPIRouter.endpoints.map(\.operation.id)
        return .page(
            DashboardPage(
                title: "Requests", section: path, template: "dashboard-requests",
                context: [
                    "requests": page.items.map { row($0) }, "hasRequests": !page.items.isEmpty,
                    "isFiltered": isFiltered, "hasNext": next != nil, "next": next ?? "",
                    "classes": DashboardVisit.options(chosen: filter.statusClass),
                    "operations": DashboardVisit.options(operations, chosen: filter.operation),
                    "code": filter.code ?? "", "hasCode": filter.code != nil, "hasOrder": filter.order != nil,
                    "order": filter.order?.description ?? "",
                    "exports": ListExport.links(path, visit), "errors": errors, "hasErrors": !errors.isEmpty,
                    "command": page.items.isEmpty ? visit.command("ping") : [:],
                ]))
    }

    /// A request in a table.
    static func row(_ request: LoggedRequest) -> [String: Any] {
        [
            "url": "\(path)/\(PercentEncoding.encode(request.id))", "method": request.method,
            "path": request.path ?? "unknown path", "status": request.status,
            "tone": tone(request.status), "hasCode": request.code != nil, "code": request.code ?? "",
            "duration": request.duration.inMilliseconds, "at": HubTime(request.receivedAt).context,
        ]
    }

    private static func tone(_ status: Int) -> String {
        switch status {
        case ..<400: "good"
        case 400..<500: "warn"
        default: "bad"
        }
    }

    private static func request(_ visit: DashboardVisit) async throws -> DashboardResponse {
        guard let id = visit.parameters["id"].flatMap({ PercentEncoding.decode(segment: Substring($0)) }),
            RequestID.isValid(id)
        else { throw ServiceError.notFound }
        let request = try await visit.services.requests.get(id, tenant: visit.tenant)
        let code = request.code.flatMap(APIErrorCode.init(rawValue:))
        var context = row(request)
        context["id"] = request.id
        func show(_ name: String, _ value: String?, at url: String = "") {
            context["has\(name)"] = value != nil
            context[name.lowercased()] = value ?? ""
            context["\(name.lowercased())URL"] = value.map { url + $0 } ?? ""
        }
        show("Operation", request.operation)
        show("Credential", request.credential?.description)
        show("Order", request.order?.description, at: "\(OrderPages.path)/")
        show("Patient", request.patient?.description, at: "\(PatientPages.path)/")
        show("Advice", code.map { InlineMarkdown.html($0.explanation) })
        // With the ids that it named. The log has no bodies and no tokens: these are those of the reference.
        let values = [
            "ORDER_ID": request.order?.description, "PATIENT_ID": request.patient?.description,
            // In a path it is not the caller's own, but that of a credential that the log does not have.
            "CLIENT_ID": request.path?.contains("{client_id}") == true ? nil : request.credential?.description,
        ].compactMapValues(\.self)
        let command = request.operation.map { visit.command($0, values: values) } ?? [:]
        context["hasCommand"] = !command.isEmpty
        context["command"] = command
        context["errorURL"] = "/docs/errors#\(request.code ?? "")"
        return .page(
            DashboardPage(title: "Request", section: path, template: "dashboard-request", context: context))
    }

    /// Error codes with how many requests had each, the most frequent first, and what to do about it.
    static func errors(_ counts: [RequestCount]) -> [[String: Any]] {
        Dictionary(grouping: counts.filter { $0.key.code != nil }, by: { $0.key.code ?? "" })
            .mapValues { $0.reduce(0) { $0 + $1.count } }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { code, count in
                let explanation = APIErrorCode(rawValue: code)?.explanation ?? ""
                return [
                    "code": code, "count": count, "url": "\(path)?code=\(code)", "help": "/docs/errors#\(code)",
                    "advice": InlineMarkdown.html(explanation),
                ]
            }
    }
}

extension Duration {
    /// In milliseconds, or in seconds from one second on.
    var inMilliseconds: String {
        let milliseconds = milliseconds
        guard milliseconds >= 1000 else { return milliseconds == 0 ? "< 1 ms" : "\(milliseconds) ms" }
        return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }
}
