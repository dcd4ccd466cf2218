package import PharmacyDomain

/// The grant of a token request (RFC 6749 §1.3).
package enum TokenGrant: Hashable, Sendable {
    case clientCredentials(BasicCredentials)
    case refreshToken(String)

    /// Parses a token request.
    /// - Parameters:
    ///   - body: the members of the body, from JSON or from a form.
    ///   - authorization: client credentials are in this header or in the body, but not in both (RFC 6749 §2.3).
    /// - Throws: `ValidationErrors`; `APIError` for an unknown grant type and for a malformed header.
    package init(body: JSON, authorization: AuthorizationHeader?) throws {
        var fields = FieldReader(body)
        let type = fields.token("grant_type", required: false)
        guard type == nil || type == "client_credentials" || type == "refresh_token" else {
            throw APIError(.unsupportedGrantType)
        }
        if type == "refresh_token" {
            let token = fields.token("refresh_token", required: true)
            try fields.problems.throwIfAny()
            self = .refreshToken(token ?? "")
            return
        }
        if case .basic(let client) = authorization {
            self = .clientCredentials(try ClientAuthentication.basic(client, fields: &fields))
            return
        }
        let clientID = fields.token("client_id", required: true)
        let clientSecret = fields.token("client_secret", required: true)
        try fields.problems.throwIfAny()
        self = .clientCredentials(BasicCredentials(clientID: clientID ?? "", clientSecret: clientSecret ?? ""))
    }
}

extension PartnerRequest {
    func grant() throws -> TokenGrant {
        try TokenGrant(body: body, authorization: authorization)
    }

    /// The requested scopes, separated by spaces (RFC 6749 §3.3); empty if the request has no `scope`.
    /// - Throws: `ValidationErrors` if `scope` is not a string, `APIError` if it names an unknown scope.
    func requestedScopes() throws -> Set<CredentialScope> {
        var fields = FieldReader(body)
        let text = fields.token("scope", required: false) ?? ""
        try fields.problems.throwIfAny()
        return Set(
            try text.split(separator: " ").map { name in
                guard let scope = CredentialScope(rawValue: String(name)) else { throw APIError(.invalidScope) }
                return scope
            })
    }

    /// A required token in the body.
    func token(_ name: String) throws(ValidationErrors) -> String {
        var fields = FieldReader(body)
        let token = fields.token(name, required: true)
        try fields.problems.throwIfAny()
        return token ?? ""
    }
}

extension FieldReader {
    /// A secret or a protocol name. It is not trimmed, because it must match exactly. An empty value counts as omitted
    /// (RFC 6749 §3.2).
    mutating func token(_ name: String, required: Bool) -> String? {
        guard let value = value(name, required: required) else { return nil }
        guard let text = value.text else {
            reject(name, "\(name) must be a string.")
            return nil
        }
        guard !text.isEmpty else {
            if required { reject(name, "\(name) must not be blank.") }
            return nil
        }
        return text
    }
}
