internal import DeveloperHub
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import NIOEmbedded
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore
internal import PharmacyTestSupport

/// Somebody who is signed in at the dashboard of a partner, and gets its pages as the server renders them, without HTTP.
struct DashboardVisitor: Sendable {
    private let responder: any HTTPResponder<PartnerContext>
    private let cookie: String
    private let installation: TestInstallation

    /// The attempts of the order whose page is measured.
    private static let attempts = 200

    /// Signs in with a credential of its own.
    init(of partner: Partners.Partner, in installation: TestInstallation) async throws {
        guard let limit = RateLimit("1000000/s") else { throw BenchmarkFailure.setUp("the rate limit") }
        let dependencies = APIDependencies(installation, limit: limit)
        let router = PartnerAPIRouter.router(dependencies, pages: DeveloperHubRoutes.methods)
        try DeveloperHubRoutes(
            settings: HubSettings(
                supportContact: nil, rateLimit: limit, authRateLimit: limit, dispatchAge: .hours(24),
                reconcileAfter: .minutes(30), webhookRetryDelay: .seconds(60), webhookRetention: .days(30),
                requestLogRetention: .days(7), sandboxStep: nil, sandboxWipeEvery: .hours(24)),
            dependencies: dependencies, isServedOnLoopback: true
        ).add(to: router.others)
        responder = router.buildResponder()
        self.installation = installation
        let entropy = installation.environment.entropy
        let credential = Credential(
            id: entropy.identifier(), name: "Benchmark", scopes: CredentialScope.all, createdAt: installation.time.now()
        )
        let secret = entropy.secret(.clientSecret)
        try await installation.environment.store.write(partner.tenant.id) {
            try $0.insertCredential(credential, secretHash: TokenHash.of(secret))
        }
        let (token, session) = try await installation.sessions.signIn(
            clientID: credential.id, clientSecret: secret, tenant: partner.tenant)
        cookie = "__Host-up_session=\(partner.tenant.name).\(session.createdAt.seconds).\(token)"
    }

    /// A page that is measured.
    func page(_ name: String, _ path: String) -> HotOperation {
        HotOperation(name: "Dashboard: \(name)") { _ in try await get(path) }
    }

    private func get(_ path: String) async throws {
        let head = HTTPRequest(
            method: .get, scheme: "http", authority: "localhost", path: path,
            headerFields: [.cookie: cookie, .accept: "text/html"])
        let context = PartnerContext(
            source: ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: installation.logger))
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        let response = try await responder.respond(to: request, context: context)
        guard response.status == .ok, response.body.contentLength ?? 0 > 1_000 else {
            throw BenchmarkFailure.setUp("\(path) has status \(response.status.code)")
        }
    }

    /// Places an order whose only delivery has many attempts, each with as much of a response as is stored.
    /// - Returns: the path of its page.
    static func orderWithAttempts(_ partners: Partners, in installation: TestInstallation) async throws -> String {
        let partner = partners.hot
        let order = try await Partners.place(
            SamplePayload(number: -100, url: partner.urls[0]), for: partner.tenant, medications: partners.medications,
            in: installation)
        let response = [UInt8](repeating: UInt8(ascii: "x"), count: DeliveryPolicy.responseLimit)
        for _ in 1..<attempts {
            try await installation.endDueDeliveries(
                as: .retry(at: installation.time.now() + .seconds(1)), response: response)
            installation.time.advance(by: .seconds(1))
        }
        try await installation.endDueDeliveries(as: .succeeded, response: response)
        try await installation.leaveNothingDue()
        return "/dashboard/orders/\(order.id)"
    }
}
