import HTTPTypes
import Hummingbird
import HummingbirdTesting
import PartnerAPI
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("The probes of operators")
struct ReadinessTests {
    @Test(
        "An alert stands in the text of /readyz, whose status says whether requests are served and nothing else",
        arguments: [nil, "the database's disk is full"])
    func alerts(reason: String?) async throws {
        let installation = try await TestInstallation()
        let limit = try #require(RateLimit("1000/s"))
        let time = installation.time
        for (alerts, text) in [([], ""), (["one thing", "another"], "alert: one thing\nalert: another\n")] {
            let router = PartnerAPIRouter.router(
                PartnerAPIRouter.Dependencies(
                    accounts: installation.accounts, patients: installation.patients,
                    pharmacies: installation.pharmacies, orders: installation.orders, reports: installation.reports,
                    webhooks: installation.webhooks, sandbox: installation.controls,
                    rateLimiter: RateLimiter(time: time), rateLimit: limit, authRateLimit: limit, trustedProxies: [],
                    publicURL: { "http://localhost" }, now: { time.now() }, unreadiness: { reason },
                    metricsText: { "" }, alerts: { alerts }))
            try await Application(router: router).test(.router) { client in
                try await client.execute(uri: "/readyz", method: .get) { response in
                    #expect(response.status == (reason == nil ? .ok : .serviceUnavailable))
                    #expect(String(buffer: response.body) == (reason.map { "not ready: \($0)\n" } ?? "ok\n") + text)
                }
            }
        }
    }
}
