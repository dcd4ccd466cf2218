package import PharmacyDomain

/// The metadata of a tenant's authorization server (RFC 8414 §2), with which OAuth 2.0 clients configure themselves.
package struct AuthorizationServerMetadata: Sendable {
    /// Where RFC 8414 §3.1 puts the metadata of an issuer: its path follows the well-known one.
    package static let path = "/.well-known/oauth-authorization-server\(Operation.basePath)"

    let tenant: Tenant
    /// The `iss` of the tenant's access tokens.
    let issuer: String
    /// The service's URL, without a trailing slash.
    let publicURL: String

    package init(tenant: Tenant, issuer: String, publicURL: String) {
        self.tenant = tenant
        self.issuer = issuer
        self.publicURL = publicURL
    }

    package var json: JSON {
        let secrets: [JSON] = ["client_secret_basic", "client_secret_post"]
        return [
            "issuer": .string(issuer),
            "token_endpoint": url(TokenEndpoints.issue.operation),
            "token_endpoint_auth_methods_supported": .array(secrets),
            "revocation_endpoint": url(TokenEndpoints.revoke.operation),
            // Client credentials are optional there: whoever has a token may revoke it.
            "revocation_endpoint_auth_methods_supported": .array(secrets + ["none"]),
            "jwks_uri": .string(publicURL + JSONWebKeySet.path),
            "grant_types_supported": ["client_credentials", "refresh_token"],
            // There is no authorization endpoint. §2 requires the member all the same, and so do common parsers,
            // although §3.2 omits empty lists.
            "response_types_supported": [],
            "scopes_supported": .array(CredentialScope.allCases.map { .string($0.rawValue) }),
            "service_documentation": .string("\(publicURL)/docs/authentication"),
        ]
    }

    private func url(_ operation: Operation) -> JSON {
        .string(publicURL + operation.fullPath.replacing("{tenant}", with: tenant.name))
    }
}
