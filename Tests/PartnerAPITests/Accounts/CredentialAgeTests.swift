import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

@Suite("Credentials that are due for rotation")
struct CredentialAgeTests {
    private func application(_ installation: TestInstallation) throws -> some ApplicationProtocol {
        let limit = try #require(RateLimit("1000/s"))
        return Application(
            router: PartnerAPIRouter.router(
                APIDependencies(installation, limit: limit)))
    }

    @Test("After 90 days, every response to the credential has a warning header, including errors")
    func warning() async throws {
        let installation = try await TestInstallation()
        let made = try await installation.accounts.createCredential(
            body: [:], authority: .setupToken(TestInstallation.setupToken), tenant: installation.tenant,
            idempotency: nil
        ).value
        let due = installation.time.now() + .days(90)
        let base = "/pharmacy/sandbox/api/v1"
        try await application(installation).test(.router) { client in
            for (age, isDue) in [(Duration.days(90) - .seconds(1), false), (.seconds(1), true), (.days(5), true)] {
                installation.time.advance(by: age)
                // Access tokens expire after 30 days, so the credential needs a new one.
                let pair = try await installation.accounts.issueToken(
                    clientID: made["client_id"]?.text ?? "", clientSecret: made["client_secret"]?.text ?? "",
                    tenant: installation.tenant)
                for (path, status) in [("/patients", HTTPResponse.Status.ok), ("/patients/none", .notFound)] {
                    try await client.execute(
                        uri: base + path, method: .get,
                        headers: [.authorization: "Bearer \(pair.accessToken)"]
                    ) { response in
                        #expect(response.status == status)
                        #expect(
                            response.headers[.xCredentialRotateAfter] == (isDue ? due.description : nil))
                    }
                }
            }
            try await client.execute(uri: base + "/ping", method: .get) { response in
                #expect(response.headers[.xCredentialRotateAfter] == nil)
            }
        }
    }
}
