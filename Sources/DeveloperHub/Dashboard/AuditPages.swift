internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// The tenant's entries of the audit log.
enum AuditPages {
    static let path = "\(Dashboard.path)/audit"

    static let routes = [
        DashboardRoute(.get, "audit", handler: list),
        DashboardRoute(.get, "audit/export") { visit in
            let filter = filter(visit)
            return try await ListExport("audit", columns: columns) { position in
                let found = try await visit.services.audit.entries(
                    filter, before: position.flatMap { Int64($0) }, limit: ListExport.perPage, tenant: visit.tenant)
                return (found.entries.map(exported), found.next.map { String($0) })
            }.response(visit)
        },
    ]

    private static let columns = ["sequence", "at", "actor", "action", "subjects", "request_id"]

    private static func exported(_ entry: AuditEntry) -> JSON {
        let event = entry.event
        return [
            "sequence": .integer(entry.sequence), "at": JSON(event.at), "actor": .string(event.actor.description),
            "action": .string(event.action.rawValue), "subjects": .array(event.subjects.map(JSON.string)),
            "request_id": JSON(event.requestID),
        ]
    }

    private static func filter(_ visit: DashboardVisit) -> AuditFilter {
        var filter = AuditFilter()
        filter.action = visit.filter("action").flatMap(AuditAction.init(rawValue:))
        filter.subject = visit.filter("subject").map { String($0.prefix(128)) }
        filter.requestID = visit.filter("request").flatMap { RequestID.isValid($0) ? $0 : nil }
        return filter
    }

    private static func list(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let filter = filter(visit)
        let before = visit.filter("before").flatMap { Int64($0) }
        let found = try await visit.services.audit.entries(filter, before: before, limit: 50, tenant: visit.tenant)
        let next = found.next.map { visit.url(path, setting: "before", to: String($0)) }
        let isFiltered = ["action", "subject", "request"].contains { visit.filter($0) != nil }
        return .page(
            DashboardPage(
                title: "Audit log", section: path, template: "dashboard-audit",
                context: [
                    "entries": found.entries.map(row), "hasEntries": !found.entries.isEmpty,
                    "isFiltered": isFiltered, "hasNext": next != nil, "next": next ?? "",
                    "subject": filter.subject ?? "", "request": filter.requestID ?? "",
                    "actions": DashboardVisit.options(chosen: filter.action),
                    "exports": ListExport.links(path, visit),
                ]))
    }

    private static func row(_ entry: AuditEntry) -> [String: Any] {
        let (event, shown) = (entry.event, 5)
        let more = event.subjects.count - shown
        return [
            "at": HubTime(event.at).context, "action": event.action.rawValue, "actor": event.actor.description,
            "subjects": event.subjects.prefix(shown).map { ["id": $0] }, "hasMore": more > 0, "more": more,
            "hasRequest": event.requestID != nil, "request": String((event.requestID ?? "").prefix(8)),
            "requestURL": event.requestID.map { "\(RequestPages.path)/\(PercentEncoding.encode($0))" } ?? "",
        ]
    }
}
