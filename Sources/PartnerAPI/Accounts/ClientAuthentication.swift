import PharmacyDomain
import PharmacyServices

/// How a client says who it is at the token endpoints (RFC 6749 §2.3): with HTTP Basic, or in the body.
enum ClientAuthentication {
    /// What a request says of its client; `nil` where it says nothing.
    /// - Parameters:
    ///   - body: the members, from JSON or from a form.
    ///   - authorization: the header.
    /// - Throws: `Problems` for members that are no text and for two ways at once; `APIError` for a header that cannot be
    ///   read and for a secret without its id.
    static func login(_ body: JSON, _ authorization: AuthorizationHeader?) throws -> ClientLogin? {
        var fields = FieldReader(body)
        let id = fields.token("client_id", required: false)
        let secret = fields.token("client_secret", required: false)
        if case .basic(let client) = authorization {
            try fields.problems.throwIfAny()
            guard let client else { throw APIError(.invalidClient) }
            try checkAlone(client, id: id, secret: secret)
            return ClientLogin(clientID: client.clientID, clientSecret: client.clientSecret)
        }
        try fields.problems.throwIfAny()
        // A secret of nobody authenticates nobody.
        if id == nil, secret != nil { throw APIError(.invalidClient) }
        return id.map { ClientLogin(clientID: $0, clientSecret: secret) }
    }

    /// Whether the body does not authenticate the client a second time; its id alone only repeats the header's.
    static func checkAlone(_ client: BasicCredentials, id: String?, secret: String?) throws(Problems) {
        var problems = Problems()
        if let id, id != client.clientID { problems.add("client_id", "client_id is another than the header's.") }
        if secret != nil { problems.add("client_secret", "client_secret must not be sent beside HTTP Basic.") }
        try problems.throwIfAny()
    }
}

extension PartnerRequest {
    /// What the request says of its client, beside a token.
    func clientLogin() throws -> ClientLogin? { try ClientAuthentication.login(body, authorization) }

    /// Does what a client asks for with a token; failures to authenticate are counted where the client says who it is.
    func countingFailures<Value>(of login: ClientLogin?, _ work: () async throws -> Value) async throws -> Value {
        guard let login, login.clientSecret != nil else { return try await work() }
        return try await countingFailures(of: login.clientID, work)
    }
}
