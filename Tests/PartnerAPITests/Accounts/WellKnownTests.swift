import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

/// The documents with which OAuth 2.0 clients configure themselves (RFC 8414, RFC 7517).
@Suite("Documents under /.well-known", .timeLimit(.minutes(2)))
struct WellKnownTests {
    private static let metadata = "/.well-known/oauth-authorization-server/pharmacy/sandbox/api/v1"
    private static let keys = "/.well-known/jwks.json"

    private func with(
        _ body: @escaping @Sendable (TestInstallation, any TestClientProtocol) async throws -> Void
    ) async throws {
        let installation = try await TestInstallation()
        let limit = try #require(RateLimit("1000/s"))
        let router = PartnerAPIRouter.router(APIDependencies(installation, limit: limit))
        try await Application(router: router).test(.router) { try await body(installation, $0) }
    }

    private func json(_ response: TestResponse) throws -> JSON {
        try JSON.parse(Array(response.body.readableBytesView))
    }

    @Test("The metadata describes the token endpoints of the tenant, at the place of its issuer")
    func document() async throws {
        try await with { _, client in
            let base = "http://localhost/pharmacy/sandbox/api/v1"
            let response = try await client.execute(uri: WellKnownTests.metadata, method: .get)
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == "application/json; charset=utf-8")
            let expected: JSON = [
                "issuer": .string(base), "token_endpoint": .string("\(base)/auth/token"),
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "revocation_endpoint": .string("\(base)/auth/revoke"),
                "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
                "jwks_uri": "http://localhost/.well-known/jwks.json",
                "grant_types_supported": ["client_credentials", "refresh_token"], "response_types_supported": [],
                "scopes_supported": ["read", "write", "patients:read", "credentials:manage"],
                "service_documentation": "http://localhost/docs/authentication",
            ]
            #expect(try json(response) == expected)
        }
    }

    @Test("A client that knows the metadata alone obtains, verifies and revokes a token")
    func discovery() async throws {
        try await with { installation, client in
            let made = try await installation.accounts.createCredential(
                body: [:], authority: .setupToken(TestInstallation.setupToken), tenant: installation.tenant,
                idempotency: nil
            ).value
            let id = try #require(made["client_id"]?.text)
            let login = BasicLogin(id: id, secret: try #require(made["client_secret"]?.text))
            let metadata = try json(try await client.execute(uri: WellKnownTests.metadata, method: .get))
            func path(_ name: String) throws -> String {
                String(try #require(metadata[name]?.text).dropFirst("http://localhost".count))
            }
            #expect(metadata["grant_types_supported"]?.elements?.contains("client_credentials") == true)
            let issued = try await client.execute(
                uri: try path("token_endpoint"), method: .post, headers: login.headers,
                body: ByteBuffer(string: "grant_type=client_credentials"))
            #expect(issued.status == .ok)
            let token = try #require(try json(issued)["access_token"]?.text)
            let parts = token.split(separator: ".").map(String.init)
            let header = try JSON.parse(try #require(Base64URL.decode(parts[0])))
            let keys = try json(try await client.execute(uri: try path("jwks_uri"), method: .get))["keys"]?.elements
            #expect(keys?.contains { $0["kid"] == header["kid"] && $0["alg"] == header["alg"] } == true)
            let claims = try JSON.parse(try #require(Base64URL.decode(parts[1])))
            #expect(claims["iss"] == metadata["issuer"])
            let revoked = try await client.execute(
                uri: try path("revocation_endpoint"), method: .post, headers: login.headers,
                body: ByteBuffer(string: "token=\(token)"))
            #expect(revoked.status == .ok)
        }
    }

    /// Client credentials in HTTP Basic, for a form. Ids and secrets contain nothing that a form would encode.
    private struct BasicLogin {
        let id: String
        let secret: String

        var headers: HTTPFields {
            let text = Base64URL.encode(Array("\(id):\(secret)".utf8)).replacing("-", with: "+")
                .replacing("_", with: "/")
            let padding = String(repeating: "=", count: (4 - text.count % 4) % 4)
            return [
                .authorization: "Basic \(text)\(padding)", .contentType: "application/x-www-form-urlencoded",
            ]
        }
    }

    @Test("The key set has public Ed25519 keys, and nothing of a private one")
    func keySet() async throws {
        try await with { installation, client in
            installation.time.advance(by: .days(90))
            try await installation.accounts.rotateSigningKeys()
            let set = try json(try await client.execute(uri: WellKnownTests.keys, method: .get))
            #expect(set.members?.map(\.name) == ["keys"])
            let keys = try #require(set["keys"]?.elements)
            #expect(keys.count == 2 && keys[0] != keys[1])
            for key in keys {
                #expect(key.members?.map(\.name) == ["kty", "crv", "use", "alg", "kid", "x"])
                #expect(key["kty"] == "OKP" && key["crv"] == "Ed25519" && key["use"] == "sig" && key["alg"] == "EdDSA")
                #expect(key["x"]?.text.flatMap(Base64URL.decode)?.count == 32)
            }
        }
    }

    @Test(
        "Anyone may read and cache them, and ask whether they have changed",
        arguments: [(metadata, "public, max-age=3600"), (keys, "public, max-age=120")])
    func caching(path: String, policy: String) async throws {
        try await with { _, client in
            let response = try await client.execute(uri: path, method: .get)
            #expect(response.headers[.cacheControl] == policy)
            #expect(response.headers[.accessControlAllowOrigin] == "*")
            let tag = try #require(response.headers[.eTag])
            let second = try await client.execute(uri: path, method: .get, headers: [.ifNoneMatch: tag])
            #expect(second.status == .notModified && second.body.readableBytes == 0)
            #expect(second.headers[.eTag] == tag && second.headers[.cacheControl] == policy)
            let head = try await client.execute(uri: path, method: .head)
            #expect(head.status == .ok && head.headers[.eTag] == tag)
            let wrong = try await client.execute(uri: path, method: .post)
            #expect(wrong.status == .methodNotAllowed && wrong.headers[.allow] == "GET, HEAD")
        }
    }

    @Test(
        "A tenant that does not exist has no metadata, and neither has the service without a tenant",
        arguments: [
            "/pharmacy/acme/api/v1", "/pharmacy/%2e%2e/api/v1", "/pharmacy/sandbox/api/v2", "/pharmacy/sandbox/api", "",
        ])
    func missing(path: String) async throws {
        try await with { _, client in
            let uri = "/.well-known/oauth-authorization-server\(path)"
            let response = try await client.execute(uri: uri, method: .get)
            #expect(response.status == .notFound && response.headers[.eTag] == nil)
        }
    }

    @Test("Each tenant has metadata of its own, while it is active")
    func tenants() async throws {
        try await with { installation, client in
            _ = try await installation.addTenant("acme")
            let uri = WellKnownTests.metadata.replacing("sandbox", with: "acme")
            let metadata = try json(try await client.execute(uri: uri, method: .get))
            #expect(metadata["issuer"] == "http://localhost/pharmacy/acme/api/v1")
            let operations = OperatorService(
                environment: installation.environment, setupTokens: SetupTokens(fixed: nil), wipeEvery: .hours(24))
            _ = try await operations.setStatus(.suspended, ofTenant: "acme")
            installation.accounts.forgetVerifications()
            #expect(try await client.execute(uri: uri, method: .get).status == .notFound)
        }
    }
}
