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

    private static let navigation = [
        HubPage.LinkGroup(title: "Dashboard", links: [HubPage.Link(title: "Overview", url: Dashboard.path)]),
        HubPage.LinkGroup(
            title: "Activity",
            links: [
                HubPage.Link(title: "Orders", url: OrderPages.path),
                HubPage.Link(title: "Requests", url: RequestPages.path),
            ]),
        HubPage.LinkGroup(title: "Access", links: [HubPage.Link(title: "Sessions", url: SessionPages.path)]),
    ]

    func signedIn(_ visitor: Sessions.SignedIn, csrf: String) -> DashboardFrame {
        var frame = self
        frame.account = HubPage.Account(
            tenant: visitor.tenant.name, isSandbox: visitor.tenant.isSandbox,
            resetsAt: visitor.tenant.resetsAt.map(HubTime.init), credential: visitor.credentialName, csrf: csrf)
        return frame
    }

    func response(_ page: DashboardPage, status: HTTPResponse.Status = .ok) throws -> Response {
        let context = page.context.merging([
            "csrf": account?.csrf ?? "", "base": "\(site.origin)/pharmacy/\(account?.tenant ?? "")/api/v1",
        ]) { own, _ in own }
        let body = try site.render(page.template, context)
        var hubPage = HubPage(
            path: page.section, title: page.title, description: "", kind: account == nil ? .plain : .dashboard,
            body: { body })
        hubPage.isUnlisted = true
        hubPage.isDashboard = true
        hubPage.account = account
        if account != nil { hubPage.navigation = DashboardFrame.navigation }
        var response = try site.document(hubPage, theme: theme, status: status).response(to: request)
        response.headers[.xRobotsTag] = "noindex"
        return response
    }
}
