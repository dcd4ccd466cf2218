package import PharmacyDomain

/// What a request for tokens offers for them.
package enum TokenGrant: Hashable, Sendable {
    case clientCredentials(BasicCredentials)
    case refreshToken(String)

    /// Reads a request for tokens.
    /// - Parameters:
    ///   - body: the members, from JSON or from a form.
    ///   - authorization: the header; client credentials are in it or in the body, not in both (RFC 6749 §2.3).
    /// - Throws: `ValidationErrors`, or `APIError` for an unknown grant type and for a header that cannot be read.
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
            self = .clientCredentials(try ClientAuthentication.basic(client, beside: &fields))
            return
        }
        let clientID = fields.token("client_id", required: true)
        let clientSecret = fields.token("client_secret", required: true)
        try fields.problems.throwIfAny()
        self = .clientCredentials(BasicCredentials(clientID: clientID ?? "", clientSecret: clientSecret ?? ""))
    }
}

extension PartnerRequest {
    /// What a request for tokens offers.
    func grant() throws -> TokenGrant {
        try TokenGrant(body: body, authorization: authorization)
    }

    /// The scopes that a request for tokens names, with spaces between them (RFC 6749 §3.3); none is no wish.
    /// - Throws: `ValidationErrors` for a scope that is no string, `APIError` for one that does not exist.
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

    /// A token in the body.
    func token(_ name: String) throws(ValidationErrors) -> String {
        var fields = FieldReader(body)
        let token = fields.token(name, required: true)
        try fields.problems.throwIfAny()
        return token ?? ""
    }
}

extension FieldReader {
    /// A secret or a name of the protocol: it is not trimmed, since only the exact text is right. One without a value counts
    /// as omitted (RFC 6749 §3.2).
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
