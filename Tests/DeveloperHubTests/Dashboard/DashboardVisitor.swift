import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import PartnerAPI
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import DeveloperHub

/// A browser without scripts: it keeps cookies and sends forms with the CSRF token of the page that it has open.
final class DashboardVisitor {
    let client: any TestClientProtocol
    var cookies: [String: String] = [:]
    var csrf = ""
    /// What `Set-Cookie` said last, by the cookie's name.
    var settings: [String: String] = [:]
    var authority = "localhost"

    init(_ client: any TestClientProtocol) {
        self.client = client
    }

    @discardableResult
    func get(_ path: String) async throws -> (response: TestResponse, text: String) {
        try await call(.get, path, body: nil)
    }

    /// Sends a form.
    /// - Parameter csrf: `nil`: the token of the page.
    @discardableResult
    func post(
        _ path: String, _ fields: [String: String] = [:], csrf: String? = nil
    ) async throws -> (response: TestResponse, text: String) {
        let all = fields.merging(["csrf": csrf ?? self.csrf]) { own, _ in own }
        let body = all.map { "\($0.key)=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
        return try await call(.post, path, body: body)
    }

    func status(_ path: String) async throws -> HTTPResponse.Status { try await get(path).response.status }

    func statusOfPost(_ path: String, _ fields: [String: String] = [:]) async throws -> HTTPResponse.Status {
        try await post(path, fields).response.status
    }

    func shows(_ words: String, at path: String) async throws -> Bool { try await get(path).text.contains(words) }

    private func call(
        _ method: HTTPRequest.Method, _ path: String, body: String?
    ) async throws -> (response: TestResponse, text: String) {
        var headers: HTTPFields = [.accept: "text/html"]
        headers[.cookie] = cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
        if body != nil { headers[.contentType] = "application/x-www-form-urlencoded" }
        let response = try await client.execute(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
        for setting in response.headers[values: .setCookie] {
            let parts = setting.split(separator: ";")[0].split(separator: "=", maxSplits: 1).map(String.init)
            settings[parts[0]] = setting
            cookies[parts[0]] = setting.contains("Max-Age=0") ? nil : parts.count > 1 ? parts[1] : ""
        }
        let text = String(buffer: response.body)
        if let found = text.firstMatch(of: #/name="csrf" value="([0-9a-f]+)"/#) { csrf = String(found.output.1) }
        return (response, text)
    }
}

/// An installation behind its routes, and a credential.
struct DashboardFixture {
    let installation: TestInstallation
    let client: any TestClientProtocol
    let id: String
    let secret: String

    func visitor() -> DashboardVisitor { DashboardVisitor(client) }

    func signIn() async throws -> DashboardVisitor {
        let visitor = visitor()
        try await visitor.get("/dashboard/sign-in")
        let signedIn = try await visitor.post("/dashboard/sign-in", ["client_id": id, "client_secret": secret])
        #expect(signedIn.response.status == .seeOther)
        #expect(signedIn.response.headers[.location] == "/dashboard")
        return visitor
    }

    private static let settings = HubSettings(
        supportContact: nil, rateLimit: .perMinute(600), authRateLimit: .perMinute(30), dispatchAge: .hours(24),
        reconcileAfter: .minutes(30), webhookRetryDelay: .seconds(60), webhookRetention: .days(30),
        requestLogRetention: .days(7), sandboxStep: nil, sandboxWipeEvery: .hours(24))

    /// Runs a test against the routes of an installation, with a credential.
    static func with(
        scopes: JSON? = nil, limit: String = "1000/s", isServedOnLoopback: Bool = true,
        pharmacySystem: (any PharmacySystem)? = nil,
        _ body: @escaping @Sendable (DashboardFixture) async throws -> Void
    ) async throws {
        let installation = try await TestInstallation(pharmacySystem: pharmacySystem)
        let made = try await installation.accounts.createCredential(
            body: .object(scopes.map { [JSON.Member("scopes", $0)] } ?? []),
            authority: .setupToken(TestInstallation.setupToken), tenant: installation.tenant, idempotency: nil
        ).value
        let (id, secret) = (made["client_id"]?.text ?? "", made["client_secret"]?.text ?? "")
        let dependencies = APIDependencies(installation, limit: try #require(RateLimit(limit)))
        let router = PartnerAPIRouter.router(dependencies, pages: DeveloperHubRoutes.methods)
        try DeveloperHubRoutes(
            settings: settings, dependencies: dependencies, isServedOnLoopback: isServedOnLoopback
        ).add(to: router.others)
        try await Application(router: router).test(.router) { client in
            try await body(DashboardFixture(installation: installation, client: client, id: id, secret: secret))
        }
    }
}
