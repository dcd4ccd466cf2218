package import HTTPTypes
import PharmacyServices

extension HTTPField.Name {
    /// Whether search engines may list a page.
    package static let xRobotsTag = literal("X-Robots-Tag")
    /// Set by the script that keeps pages of the dashboard current.
    package static let liveRefresh = literal("Live-Refresh")
    /// `no`: nginx passes the parts of a response on as they arrive.
    package static let xAccelBuffering = literal("X-Accel-Buffering")
    /// Identifies one request in responses and logs.
    package static let xRequestID = literal("X-Request-Id")
    /// The time of the sandbox's next wipe, in ISO 8601.
    package static let xSandboxResetsAt = literal("X-Sandbox-Resets-At")
    /// The time, in ISO 8601, after which the caller's credential should be replaced.
    package static let xCredentialRotateAfter = literal("X-Credential-Rotate-After")
    /// The number of requests per window.
    package static let xRateLimitLimit = literal("X-RateLimit-Limit")
    /// The number of requests left.
    package static let xRateLimitRemaining = literal("X-RateLimit-Remaining")
    /// The time, in Unix seconds, at which all requests are available again.
    package static let xRateLimitReset = literal("X-RateLimit-Reset")
    /// The limit and its window (IETF draft-ietf-httpapi-ratelimit-headers).
    package static let rateLimitPolicy = literal("RateLimit-Policy")
    /// The requests left and the seconds until the reset (same draft).
    package static let rateLimit = literal("RateLimit")
    /// Makes a request safe to retry (IETF draft-ietf-httpapi-idempotency-key-header).
    package static let idempotencyKey = literal("Idempotency-Key")
    /// `true` on a stored response that is sent again.
    package static let idempotentReplayed = literal("Idempotent-Replayed")
    /// The signature of an order report of the pharmacies' system.
    package static let impetusSignature = literal(CallbackSignature.header)
    /// The client address that a proxy received the request from.
    package static let xForwardedFor = literal("X-Forwarded-For")
    /// The URL scheme that a proxy received the request with.
    package static let xForwardedProto = literal("X-Forwarded-Proto")
    /// The standard replacement of the X-Forwarded fields (RFC 7239).
    package static let forwarded = literal("Forwarded")
    /// Since when the requested operation is deprecated (RFC 9745).
    package static let deprecation = literal("Deprecation")
    /// When the requested operation may stop working (RFC 8594).
    package static let sunset = literal("Sunset")
    /// Pages that are related to the response (RFC 8288).
    package static let link = literal("Link")
    package static let referrerPolicy = literal("Referrer-Policy")
    package static let xFrameOptions = literal("X-Frame-Options")

    /// - Parameter name: a literal of this file, never input from outside.
    private static func literal(_ name: String) -> HTTPField.Name {
        guard let field = HTTPField.Name(name) else { preconditionFailure("\(name) is not a field name") }
        return field
    }
}
