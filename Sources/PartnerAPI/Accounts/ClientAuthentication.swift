import PharmacyDomain
import PharmacyServices

/// How a client says who it is at the token endpoints (RFC 6749 §2.3): with HTTP Basic, or in the body.
enum ClientAuthentication {
    /// What a request says of its client; `nil` where it says nothing.
    /// - Parameters:
    ///   - body: the members, from JSON or from a form.
    ///   - authorization: the header.
    /// - Throws: `ValidationErrors` for members that are no text and for two ways at once; `APIError` for a header that cannot be
    ///   read and for a secret without its id.
    static func login(_ body: JSON, _ authorization: AuthorizationHeader?) throws -> ClientLogin? {
        var fields = FieldReader(body)
        if case .basic(let client) = authorization {
            let client = try basic(client, beside: &fields)
            return ClientLogin(clientID: client.clientID, clientSecret: client.clientSecret)
        }
        let id = fields.token("client_id", required: false)
        let secret = fields.token("client_secret", required: false)
        try fields.problems.throwIfAny()
        // A secret without its client id cannot authenticate a client.
        if id == nil, secret != nil { throw APIError(.invalidClient) }
        return id.map { ClientLogin(clientID: $0, clientSecret: secret) }
    }

    /// The client of an HTTP Basic header. The body must not authenticate it a second time; its id alone only repeats the
    /// header's.
    /// - Parameters:
    ///   - client: `nil` where the header cannot be read.
    ///   - fields: the body's; what was wrong with them before is thrown, too.
    static func basic(_ client: BasicCredentials?, beside fields: inout FieldReader) throws -> BasicCredentials {
        let id = fields.token("client_id", required: false)
        let secret = fields.token("client_secret", required: false)
        try fields.problems.throwIfAny()
        guard let client else { throw APIError(.invalidClient) }
        var problems = ValidationErrors()
        if let id, id != client.clientID { problems.add("client_id", "client_id is another than the header's.") }
        if secret != nil { problems.add("client_secret", "client_secret must not be sent beside HTTP Basic.") }
        try problems.throwIfAny()
        return client
    }
}

extension PartnerRequest {
    /// What the request says of its client, beside a token.
    func clientLogin() throws -> ClientLogin? { try ClientAuthentication.login(body, authorization) }

    /// Does what a client asks for with a token; failures to authenticate are counted where the client says who it is.
    func limitingFailedLogins<Value>(of login: ClientLogin?, _ work: () async throws -> Value) async throws -> Value {
        guard let login, login.clientSecret != nil else { return try await work() }
        return try await limitingFailedLogins(of: login.clientID, work)
    }
}
