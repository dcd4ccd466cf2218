package import PharmacyDomain

/// How clients reach the service.
package final class APISite: Sendable {
    /// The service's URL from outside, without a trailing slash. A closure: a server on any free port learns its port
    /// only when it listens.
    package let publicURL: @Sendable () -> String
    /// Reverse proxies whose `X-Forwarded-For` is trusted.
    package let trustedProxies: [IPAddressBlock]
    /// The version that ping and the OpenAPI document contain.
    package let version: String

    package init(
        publicURL: @escaping @Sendable () -> String,
        trustedProxies: [IPAddressBlock],
        version: String = APIVersion.current
    ) {
        self.publicURL = publicURL
        self.trustedProxies = trustedProxies
        self.version = version
    }
}
