internal import HTTPTypes
internal import Hummingbird
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// What is around every page of the dashboard: whose it is, and the map of its pages.
struct DashboardFrame: Sendable {
    let site: HubSite
    let request: Request
    let theme: Theme
    private var account: HubPage.Account?

    init(site: HubSite, request: Request) {
        self.site = site
        self.request = request
        theme = Theme(request)
    }

    private static let sections: [(title: String, links: [HubPage.Link])] = [
        ("Dashboard", [HubPage.Link(title: "Overview", url: Dashboard.path)]),
        (
            "Activity",
            [
                HubPage.Link(title: "Orders", url: OrderPages.path),
                HubPage.Link(title: "Webhooks", url: WebhookPages.path),
                HubPage.Link(title: "Requests", url: RequestPages.path),
            ]
        ),
        (
            "Records",
            [
                HubPage.Link(title: "Patients", url: PatientPages.path),
                HubPage.Link(title: "Pharmacies", url: PharmacyPages.path),
            ]
        ),
        (
            "Access",
            [
                HubPage.Link(title: "Credentials", url: CredentialPages.path),
                HubPage.Link(title: "Sessions", url: SessionPages.path),
                HubPage.Link(title: "Audit log", url: AuditPages.path),
            ]
        ),
    ]

    private static func navigation(isSandbox: Bool) -> [HubPage.LinkGroup] {
        let sandbox = [(title: "Sandbox", links: [HubPage.Link(title: "Controls", url: SandboxPages.path)])]
        return (sections + (isSandbox ? sandbox : [])).map { HubPage.LinkGroup(title: $0.title, links: $0.links) }
    }

    func signedIn(_ visitor: Sessions.SignedIn, csrf: String) -> DashboardFrame {
        var frame = self
        frame.account = HubPage.Account(
            tenant: visitor.tenant.name, isSandbox: visitor.tenant.isSandbox,
            resetsAt: visitor.tenant.resetsAt.map(HubTime.init), credential: visitor.credentialName, csrf: csrf)
        return frame
    }

    /// The tenant's URL of the API, without a slash at the end.
    var base: String { "\(site.origin)/pharmacy/\(account?.tenant ?? "")/api/v1" }

    /// For a page that a script fetches again.
    /// - Parameter stream: the URL of the events that say when; `nil`: never.
    func refreshed(by stream: String?) -> DashboardFrame {
        var frame = self
        frame.account?.stream = stream
        return frame
    }

    func response(_ page: DashboardPage, status: HTTPResponse.Status = .ok) throws -> Response {
        let context = page.context.merging([
            "csrf": account?.csrf ?? "", "base": base,
        ]) { own, _ in own }
        let body = try site.render(page.template, context)
        var hubPage = HubPage(
            path: page.section, title: page.title, description: "", kind: account == nil ? .plain : .dashboard,
            body: { body })
        hubPage.isUnlisted = true
        hubPage.isDashboard = true
        hubPage.account = account
        if let account { hubPage.navigation = DashboardFrame.navigation(isSandbox: account.isSandbox) }
        var response = try site.document(hubPage, theme: theme, status: status).response(to: request)
        response.headers[.xRobotsTag] = "noindex"
        return response
    }
}
