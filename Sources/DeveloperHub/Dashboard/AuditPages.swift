internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// The tenant's entries of the audit log.
enum AuditPages {
    static let path = "\(Dashboard.path)/audit"

    static let routes = [DashboardRoute(.get, "audit", handler: list)]

    private static func list(_ visit: DashboardVisit) async throws -> DashboardResponse {
        var filter = AuditFilter()
        filter.action = visit.filter("action").flatMap(AuditAction.init(rawValue:))
        filter.subject = visit.filter("subject").map { String($0.prefix(128)) }
        filter.requestID = visit.filter("request").flatMap { RequestID.isValid($0) ? $0 : nil }
        let before = visit.filter("before").flatMap { Int64($0) }
        let found = try await visit.services.audit.entries(filter, before: before, limit: 50, tenant: visit.tenant)
        let fields = ["action", "subject", "request"].compactMap { name in
            visit.filter(name).map { "\(name)=\(PercentEncoding.encode($0))" }
        }
        let next = found.next.map { "\(path)?" + (fields + ["before=\($0)"]).joined(separator: "&") }
        return .page(
            DashboardPage(
                title: "Audit log", section: path, template: "dashboard-audit",
                context: [
                    "entries": found.entries.map(row), "hasEntries": !found.entries.isEmpty,
                    "isFiltered": !fields.isEmpty, "hasNext": next != nil, "next": next ?? "",
                    "subject": filter.subject ?? "", "request": filter.requestID ?? "",
                    "actions": AuditAction.allCases.map {
                        ["name": $0.rawValue, "isSelected": $0 == filter.action] as [String: Any]
                    },
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
