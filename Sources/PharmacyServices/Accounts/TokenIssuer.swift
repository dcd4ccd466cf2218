internal import PharmacyDomain

/// The issuer of a tenant's access tokens: the tenant's base URL, which is also the issuer in the metadata of the
/// authorization server (RFC 8414 §2).
package struct TokenIssuer: Sendable {
    /// The service's URL from outside, without a trailing slash. A closure: a server on any free port learns its port
    /// only when it listens.
    private let publicURL: @Sendable () -> String

    /// The issuer in tokens that earlier versions of this program signed. They are valid until they expire.
    private static let formerName = "united-pharmacy"

    package init(publicURL: @escaping @Sendable () -> String) {
        self.publicURL = publicURL
    }

    /// The value of `iss` in new tokens.
    func name(for tenant: Tenant) -> String { publicURL() + TokenIssuer.path(of: tenant) }

    /// Whether a token with this `iss` may be the tenant's. Only the path is compared: the public URL may be changed
    /// while tokens are valid, and the signature already proves that this installation issued the token.
    func matches(_ name: String, tenant: Tenant) -> Bool {
        name == TokenIssuer.formerName || name.hasSuffix(TokenIssuer.path(of: tenant))
    }

    private static func path(of tenant: Tenant) -> String { "/pharmacy/\(tenant.name)/api/v1" }
}
