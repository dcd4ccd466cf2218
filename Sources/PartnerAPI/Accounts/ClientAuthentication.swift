import PharmacyDomain
import PharmacyServices

/// Client authentication at the token endpoints (RFC 6749 §2.3): with HTTP Basic, or in the body.
enum ClientAuthentication {
    /// The client that a request names; `nil` if it names none.
    /// - Parameters:
    ///   - body: the members of the body, from JSON or from a form.
    /// - Throws: `ValidationErrors` for members that are not strings, and if both ways are used; `APIError`
    ///   (`invalid_client`) for a malformed header, and for a secret without a client id.
    static func login(_ body: JSON, _ authorization: AuthorizationHeader?) throws -> ClientLogin? {
        var fields = FieldReader(body)
        if case .basic(let client) = authorization {
            let client = try basic(client, fields: &fields)
            return ClientLogin(clientID: client.clientID, clientSecret: client.clientSecret)
        }
        let id = fields.token("client_id", required: false)
        let secret = fields.token("client_secret", required: false)
        try fields.problems.throwIfAny()
        // A secret without its client id cannot authenticate a client.
        if id == nil, secret != nil { throw APIError(.invalidClient) }
        return id.map { ClientLogin(clientID: $0, clientSecret: secret) }
    }

    /// The client of an HTTP Basic header. The body must not have a secret too, but may repeat the client id.
    /// - Parameters:
    ///   - client: `nil` if the header is malformed.
    ///   - fields: the body's fields. Problems that were found before are thrown too.
    static func basic(_ client: BasicCredentials?, fields: inout FieldReader) throws -> BasicCredentials {
        let id = fields.token("client_id", required: false)
        let secret = fields.token("client_secret", required: false)
        try fields.problems.throwIfAny()
        guard let client else { throw APIError(.invalidClient) }
        var problems = ValidationErrors()
        if let id, id != client.clientID {
            problems.add("client_id", "client_id differs from the client id in the Authorization header.")
        }
        if secret != nil { problems.add("client_secret", "client_secret must not be sent together with HTTP Basic.") }
        try problems.throwIfAny()
        return client
    }
}

extension PartnerRequest {
    /// The optional client credentials of a request with a token.
    func clientLogin() throws -> ClientLogin? { try ClientAuthentication.login(body, authorization) }

    /// Runs `work`, and counts failed logins if the request has client credentials.
    func limitingFailedLogins<Value>(of login: ClientLogin?, _ work: () async throws -> Value) async throws -> Value {
        guard let login, login.clientSecret != nil else { return try await work() }
        return try await limitingFailedLogins(of: login.clientID, work)
    }
}
