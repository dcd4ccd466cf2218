import PartnerAPI
import PharmacyDomain
import Testing

@Suite("Token requests")
struct TokenGrantTests {
    private let client = BasicCredentials(clientID: "id", clientSecret: "secret")

    @Test("Client credentials are the default")
    func clientCredentials() throws {
        let body: JSON = ["client_id": "id", "client_secret": "secret"]
        #expect(try TokenGrant(body: body, authorization: nil) == .clientCredentials(client))
        #expect(try TokenGrant(body: body, authorization: .unknown) == .clientCredentials(client))
        let named: JSON = ["grant_type": "client_credentials", "client_id": "id", "client_secret": "secret"]
        #expect(try TokenGrant(body: named, authorization: nil) == .clientCredentials(client))
    }

    @Test("HTTP Basic replaces the credentials in the body, which may repeat the client id")
    func basic() throws {
        #expect(try TokenGrant(body: [:], authorization: .basic(client)) == .clientCredentials(client))
        let named: JSON = ["client_id": "id", "client_secret": ""]
        #expect(try TokenGrant(body: named, authorization: .basic(client)) == .clientCredentials(client))
        let error = #expect(throws: APIError.self) { try TokenGrant(body: [:], authorization: .basic(nil)) }
        #expect(error?.code == .invalidClient)
    }

    @Test("Secrets are not trimmed")
    func exactness() throws {
        let grant = try TokenGrant(body: ["client_id": " id", "client_secret": "secret "], authorization: nil)
        #expect(grant == .clientCredentials(BasicCredentials(clientID: " id", clientSecret: "secret ")))
    }

    @Test("A refresh token is a grant")
    func refresh() throws {
        let body: JSON = ["grant_type": "refresh_token", "refresh_token": "r"]
        #expect(try TokenGrant(body: body, authorization: .basic(client)) == .refreshToken("r"))
    }

    @Test(
        "Two ways of authentication in one request are refused",
        arguments: [
            (["client_id": "id", "client_secret": "secret"], ["client_secret"]),
            (["client_secret": "secret"], ["client_secret"]), (["client_id": "other"], ["client_id"]),
            (["client_id": "other", "client_secret": "x"], ["client_id", "client_secret"]),
        ] as [(JSON, [String])])
    func twoWays(body: JSON, fields: [String]) {
        let problems = #expect(throws: ValidationErrors.self) {
            try TokenGrant(body: body, authorization: .basic(client))
        }
        #expect(problems?.fields.map(\.name) == fields)
    }

    @Test("An empty member counts as omitted")
    func omitted() throws {
        let body: JSON = ["grant_type": "", "client_id": "id", "client_secret": "secret", "scope": ""]
        #expect(try TokenGrant(body: body, authorization: nil) == .clientCredentials(client))
    }

    @Test("Other grant types are not supported", arguments: ["password", "Client_Credentials"])
    func unsupported(type: String) {
        let error = #expect(throws: APIError.self) {
            try TokenGrant(body: ["grant_type": .string(type)], authorization: nil)
        }
        #expect(error?.code == .unsupportedGrantType)
    }

    @Test(
        "Every missing or invalid member is reported",
        arguments: [
            ([:], ["client_id", "client_secret"]),
            (["client_id": 7, "client_secret": nil], ["client_id", "client_secret"]),
            (["client_id": "id", "client_secret": ""], ["client_secret"]),
            (["grant_type": 1, "client_id": "id"], ["grant_type", "client_secret"]),
            (["grant_type": "refresh_token"], ["refresh_token"]),
        ] as [(JSON, [String])])
    func problems(body: JSON, fields: [String]) {
        let problems = #expect(throws: ValidationErrors.self) { try TokenGrant(body: body, authorization: nil) }
        #expect(problems?.fields.map(\.name) == fields)
    }
}
