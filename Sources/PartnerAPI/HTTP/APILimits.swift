package import PharmacyDomain
package import PharmacyServices

/// The rate limits, and the limiter that counts requests.
package final class APILimits: Sendable {
    package let rateLimiter: RateLimiter
    /// For each credential, and for each client address on paths that need no credential.
    package let general: RateLimit
    /// For each client address and tenant on the token endpoints, and for each client address that sends order reports
    /// without a valid signature.
    package let authentication: RateLimit

    package init(
        rateLimiter: RateLimiter,
        general: RateLimit,
        authentication: RateLimit
    ) {
        self.rateLimiter = rateLimiter
        self.general = general
        self.authentication = authentication
    }
}
