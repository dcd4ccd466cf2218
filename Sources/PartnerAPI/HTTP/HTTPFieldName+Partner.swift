package import HTTPTypes
import PharmacyServices

extension HTTPField.Name {
    /// Identifies one request in answers and logs.
    package static let xRequestID = known("X-Request-Id")
    /// When a sandbox's data is wiped next.
    package static let xSandboxResetsAt = known("X-Sandbox-Resets-At")
    /// When the caller's credential was due to be replaced.
    package static let xCredentialRotateAfter = known("X-Credential-Rotate-After")
    /// Requests in one window.
    package static let xRateLimitLimit = known("X-RateLimit-Limit")
    /// Requests left now.
    package static let xRateLimitRemaining = known("X-RateLimit-Remaining")
    /// When the whole allowance is back, in Unix seconds.
    package static let xRateLimitReset = known("X-RateLimit-Reset")
    /// The IETF draft's description of the limit.
    package static let rateLimitPolicy = known("RateLimit-Policy")
    /// The IETF draft's state of the limit.
    package static let rateLimit = known("RateLimit")
    /// Names a request that may be repeated.
    package static let idempotencyKey = known("Idempotency-Key")
    /// Marks an answer that was given before.
    package static let idempotentReplayed = known("Idempotent-Replayed")
    /// Signs a report of the pharmacies' system.
    package static let impetusSignature = known(CallbackSignature.header)
    /// Whom a proxy had the request from.
    package static let xForwardedFor = known("X-Forwarded-For")
    /// By what scheme a proxy had the request.
    package static let xForwardedProto = known("X-Forwarded-Proto")
    /// The same of every kind, in one field (RFC 7239).
    package static let forwarded = known("Forwarded")
    /// Tells browsers what the referrer may say.
    package static let referrerPolicy = known("Referrer-Policy")
    /// Tells browsers who may frame the page.
    package static let xFrameOptions = known("X-Frame-Options")

    /// A name that is known to be well-formed: a literal of ours, never anything that comes from outside.
    private static func known(_ name: String) -> HTTPField.Name {
        guard let field = HTTPField.Name(name) else { preconditionFailure("\(name) is not a field name") }
        return field
    }
}
