internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// The controls of a sandbox: its setup token, and its wipe.
enum SandboxPages {
    static let path = "\(Dashboard.path)/sandbox/controls"

    static let routes = [
        DashboardRoute(.get, "sandbox/controls", handler: controls),
        DashboardRoute(.post, "sandbox/controls/wipe", .credentialsManage, handler: wipe),
    ]

    private static func controls(_ visit: DashboardVisit) async throws -> DashboardResponse {
        guard visit.tenant.isSandbox else { throw ServiceError.notFound }
        // It creates credentials with every scope.
        let token =
            visit.may(.credentialsManage) ? try await visit.services.sandbox.setupToken(of: visit.tenant) : nil
        return .page(
            DashboardPage(
                title: "Sandbox", section: path, template: "dashboard-sandbox",
                context: [
                    "hasSetupToken": token != nil, "setupToken": ["value": token ?? ""], "tenant": visit.tenant.name,
                    "reset": visit.tenant.resetsAt.map { HubTime($0).context } ?? [:],
                    "hasStep": visit.settings.sandboxStep != nil, "step": visit.settings.sandboxStep?.inWords ?? "",
                    "canWipe": visit.may(.credentialsManage), "url": path,
                ]))
    }

    /// Wipes the sandbox, if the name of the tenant was typed. The session ends with its credential.
    private static func wipe(_ visit: DashboardVisit) async throws -> DashboardResponse {
        guard visit.form["confirmation"]?.trimmed == visit.tenant.name else {
            throw ServiceError.invalid(
                ValidationErrors(
                    "confirmation", "Nothing was wiped: type the name of the tenant, \(visit.tenant.name)."))
        }
        try await visit.services.sandbox.wipe(visit.tenant)
        return .redirect(Dashboard.path)
    }
}
