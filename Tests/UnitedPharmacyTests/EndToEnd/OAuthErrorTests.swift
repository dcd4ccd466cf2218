import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import PharmacyDomain
import Testing

@Suite("Errors of the token endpoints (RFC 6749 §5.2)", .timeLimit(.minutes(3)))
struct OAuthErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var path = "/auth/token"
        var type = "application/x-www-form-urlencoded"
        let body: String
        var basic: String?
        let status: Int
        let error: String
    }

    /// `{ID}` and `{SECRET}`, `{READER}` and `{READERSECRET}` (of a read-only credential) stand for valid values.
    static let cases: [Case] = [
        // invalid_request: something is missing, repeated or malformed.
        Case(testDescription: "nothing", body: "", status: 422, error: "invalid_request"),
        Case(testDescription: "no secret", body: "client_id={ID}", status: 422, error: "invalid_request"),
        Case(
            testDescription: "a parameter twice", body: "client_id={ID}&client_id={ID}&client_secret={SECRET}",
            status: 422,
            error: "invalid_request"),
        Case(
            testDescription: "a scope twice", body: "client_id={ID}&client_secret={SECRET}&scope=read&scope=read",
            status: 422, error: "invalid_request"),
        Case(
            testDescription: "no UTF-8", body: "client_id=%FF&client_secret={SECRET}", status: 422,
            error: "invalid_request"),
        Case(
            testDescription: "no JSON", type: "application/json", body: "{client_id", status: 400,
            error: "invalid_request"),
        Case(
            testDescription: "JSON of the wrong type", type: "application/json",
            body: #"{"client_id": 7, "client_secret": ["{SECRET}"]}"#, status: 422, error: "invalid_request"),
        Case(
            testDescription: "neither JSON nor a form", type: "text/plain", body: "client_id={ID}", status: 415,
            error: "invalid_request"),
        Case(
            testDescription: "no refresh token", body: "grant_type=refresh_token", status: 422,
            error: "invalid_request"),
        Case(
            testDescription: "nothing to refresh with", path: "/auth/refresh", body: "", status: 422,
            error: "invalid_request"),
        Case(
            testDescription: "nothing to revoke", path: "/auth/revoke", body: "", status: 422,
            error: "invalid_request"),
        // invalid_client: the error does not reveal which part is wrong.
        Case(
            testDescription: "a wrong secret", body: "client_id={ID}&client_secret=wrong", status: 401,
            error: "invalid_client"),
        Case(
            testDescription: "a client that is not there",
            body: "client_id=6f1f2b1e-7f55-4d6c-9a35-0b6f6c9a2d11&client_secret={SECRET}", status: 401,
            error: "invalid_client"),
        Case(
            testDescription: "a client id that is none", body: "client_id=x&client_secret={SECRET}", status: 401,
            error: "invalid_client"),
        Case(
            testDescription: "a wrong secret by HTTP Basic", body: "grant_type=client_credentials", basic: "{ID}:wrong",
            status: 401, error: "invalid_client"),
        Case(
            testDescription: "HTTP Basic that cannot be read", body: "grant_type=client_credentials", basic: "{ID}",
            status: 401, error: "invalid_client"),
        Case(
            testDescription: "two ways of authenticating", body: "client_id={ID}&client_secret={SECRET}",
            basic: "{ID}:{SECRET}", status: 422, error: "invalid_request"),
        Case(
            testDescription: "a secret without its client", path: "/auth/refresh",
            body: "refresh_token={REFRESH}&client_secret={SECRET}", status: 401, error: "invalid_client"),
        Case(
            testDescription: "a refresh with a wrong secret", path: "/auth/refresh",
            body: "refresh_token={REFRESH}&client_id={ID}&client_secret=wrong", status: 401, error: "invalid_client"),
        Case(
            testDescription: "a refresh with HTTP Basic that cannot be read", path: "/auth/refresh",
            body: "refresh_token={REFRESH}", basic: "garbage", status: 401, error: "invalid_client"),
        Case(
            testDescription: "a refresh by a client that is none",
            body: "grant_type=refresh_token&refresh_token={REFRESH}&client_id=x", status: 401, error: "invalid_client"),
        Case(
            testDescription: "a revocation with a wrong secret", path: "/auth/revoke", body: "token={REFRESH}",
            basic: "{ID}:wrong", status: 401, error: "invalid_client"),
        // invalid_grant.
        Case(
            testDescription: "another client's refresh token", path: "/auth/refresh",
            body: "refresh_token={REFRESH}&client_id={READER}&client_secret={READERSECRET}", status: 401,
            error: "invalid_grant"),
        Case(
            testDescription: "another client's refresh token, by its id alone",
            body: "grant_type=refresh_token&refresh_token={REFRESH}&client_id={READER}", status: 401,
            error: "invalid_grant"),
        Case(
            testDescription: "the revocation of another client's token", path: "/auth/revoke", body: "token={ACCESS}",
            basic: "{READER}:{READERSECRET}", status: 401, error: "invalid_grant"),
        Case(
            testDescription: "a refresh token that is not there", body: "grant_type=refresh_token&refresh_token=x",
            status: 401, error: "invalid_grant"),
        Case(
            testDescription: "the same, at auth/refresh", path: "/auth/refresh", body: "refresh_token=x", status: 401,
            error: "invalid_grant"),
        Case(
            testDescription: "an access token as refresh token", path: "/auth/refresh", body: "refresh_token={ACCESS}",
            status: 401, error: "invalid_grant"),
        // unsupported_grant_type.
        Case(
            testDescription: "the password grant", body: "grant_type=password&username=a&password=b", status: 400,
            error: "unsupported_grant_type"),
        Case(
            testDescription: "a code",
            body: "grant_type=authorization_code&code=x&client_id={ID}&client_secret={SECRET}",
            status: 400, error: "unsupported_grant_type"),
        // invalid_scope.
        Case(
            testDescription: "a scope that does not exist", body: "client_id={ID}&client_secret={SECRET}&scope=admin",
            status: 400, error: "invalid_scope"),
        Case(
            testDescription: "a scope that the credential has not",
            body: "client_id={READER}&client_secret={READERSECRET}&scope=read%20write", status: 400,
            error: "invalid_scope"),
        Case(
            testDescription: "a refresh with a scope that the credential does not have", path: "/auth/refresh",
            body: "refresh_token={READERREFRESH}&scope=read%20write", status: 400, error: "invalid_scope"),
    ]

    private func send(_ path: String, type: String, body: String, basic: String?) async throws -> Partner.Response {
        var request = HTTPClientRequest(url: path)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: type)
        if let basic {
            request.headers.add(name: "Authorization", value: "Basic " + Data(basic.utf8).base64EncodedString())
        }
        request.body = .bytes(ByteBuffer(string: body))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 1 << 20)
        return Partner.Response(
            status: Int(response.status.code), headers: response.headers, bytes: Array(bytes.readableBytesView))
    }

    @Test("Each mistake has the error code that client libraries expect")
    func table() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let partner = try await Partner(server)
        let made = { (body: JSON) in
            try #require(try await partner.call(.POST, "/auth/credentials", body: body).json["data"])
        }
        let (full, reader) = (try await made([:]), try await made(["scopes": ["read"]]))
        let tokens = { (credential: JSON) in
            try await Partner.call(
                .POST, server.baseURL + "/auth/token", token: nil,
                body: [
                    "client_id": credential["client_id"] ?? .null,
                    "client_secret": credential["client_secret"] ?? .null,
                ]
            ).json["refresh_token"]
        }
        let (refresh, readerRefresh) = (try await tokens(full), try await tokens(reader))
        let good = [
            ("READERREFRESH", readerRefresh), ("REFRESH", refresh),
            ("READERSECRET", reader["client_secret"]), ("READER", reader["client_id"]),
            ("SECRET", full["client_secret"]), ("ID", full["client_id"]), ("ACCESS", .string(partner.accessToken)),
        ]
        let filled = { (text: String) in
            good.reduce(text) { $0.replacing("{\($1.0)}", with: $1.1?.text ?? "") }
        }
        for item in OAuthErrorTests.cases {
            let response = try await send(
                server.baseURL + item.path, type: item.type, body: filled(item.body), basic: item.basic.map(filled))
            let body = try response.json
            #expect(response.status == item.status, "\(item.testDescription)")
            #expect(body["error"]?.text == item.error, "\(item.testDescription)")
            #expect(body["error_description"] == body["message"])
            #expect(response.headers.first(name: "Cache-Control") == "no-store", "\(item.testDescription)")
            // RFC 6749 §5.2: a client that sent a header receives the scheme that the endpoint accepts.
            if item.status == 401, item.basic != nil {
                #expect(response.headers.first(name: "WWW-Authenticate")?.hasPrefix("Basic") == true)
            }
        }
        // What was refused has used nothing up.
        for (token, client) in [(refresh, full), (readerRefresh, reader)] {
            let body: JSON = [
                "refresh_token": token ?? .null, "client_id": client["client_id"] ?? .null,
                "client_secret": client["client_secret"] ?? .null, "scope": "read",
            ]
            let fresh = try await Partner.call(.POST, server.baseURL + "/auth/refresh", token: nil, body: body)
            #expect(fresh.status == 200)
        }
        let words = try await [
            "client_id={ID}&client_secret=wrong",
            "client_id=6f1f2b1e-7f55-4d6c-9a35-0b6f6c9a2d11&client_secret={SECRET}",
        ].asyncMap {
            try await send(
                server.baseURL + "/auth/token", type: "application/x-www-form-urlencoded", body: filled($0), basic: nil
            ).json["error_description"]
        }
        #expect(words[0] == words[1])
    }

    @Test("Tokens contain their scopes, and a scope may be requested")
    func scopes() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let partner = try await Partner(server)
        for (scopes, told): (JSON, JSON) in [
            (["read"], "read"), (["read", "write"], "read write"),
            (nil, "read write patients:read credentials:manage"),
        ] {
            let credential = try await partner.call(.POST, "/auth/credentials", body: ["scopes": scopes]).json["data"]
            let login: JSON = .object([
                JSON.Member("client_id", credential?["client_id"] ?? .null),
                JSON.Member("client_secret", credential?["client_secret"] ?? .null), JSON.Member("scope", "read"),
            ])
            let tokens = try await Partner.call(.POST, server.baseURL + "/auth/token", token: nil, body: login).json
            #expect(tokens["scope"] == told)
            let key = ["Idempotency-Key": "refresh-\(scopes.elements?.count ?? 0)"]
            let refresh: JSON = ["refresh_token": tokens["refresh_token"] ?? .null]
            for _ in 0..<2 {
                let next = try await Partner.call(
                    .POST, server.baseURL + "/auth/refresh", token: nil, body: refresh, headers: key)
                #expect(try next.json["scope"] == told)
            }
        }
    }
}

extension Array {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
