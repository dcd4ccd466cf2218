import HTTPTypes
import Hummingbird
import HummingbirdTesting
import PartnerAPI
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("Readiness probe")
struct ReadinessTests {
    @Test(
        "/readyz lists alerts in its text; they do not change its status",
        arguments: [nil, "the database's disk is full"])
    func alerts(reason: String?) async throws {
        let installation = try await TestInstallation()
        let limit = try #require(RateLimit("1000/s"))
        for (alerts, text) in [([], ""), (["one thing", "another"], "alert: one thing\nalert: another\n")] {
            let router = PartnerAPIRouter.router(
                APIDependencies(
                    installation, limit: limit,
                    probes: APIProbes(
                        unreadiness: { reason }, metricsText: { "" }, alerts: { alerts })))
            try await Application(router: router).test(.router) { client in
                try await client.execute(uri: "/readyz", method: .get) { response in
                    #expect(response.status == (reason == nil ? .ok : .serviceUnavailable))
                    #expect(String(buffer: response.body) == (reason.map { "not ready: \($0)\n" } ?? "ok\n") + text)
                }
            }
        }
    }
}
