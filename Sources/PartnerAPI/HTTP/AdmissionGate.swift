import HTTPTypes
import Hummingbird
package import PharmacyDomain
import PharmacyServices

/// Authenticates the caller, counts the request against its rate limit and checks the caller's scopes, before any other
/// work is done for the request. A class: each request refers to it.
final class AdmissionGate: Sendable {
    private let services: APIServices
    private let rateLimiter: RateLimiter
    /// For every request of a credential, and for requests that need no token.
    private let general: Policy
    /// For requests that authenticate with client credentials, a refresh token or a setup token.
    private let authentication: Policy

    init(dependencies: APIDependencies) {
        let limits = dependencies.limits
        services = dependencies.services
        rateLimiter = limits.rateLimiter
        general = Policy("default", limits.general)
        authentication = Policy("auth", limits.authentication)
    }

    /// Authenticates and counts one request.
    /// - Returns: the caller; `nil` if the operation does not require an access token.
    /// - Throws: `APIError` with 401, 403 or 429; a `StoreError` if the token cannot be looked up.
    func admit(
        _ request: Request, to operation: Operation, tenant: Tenant, context: PartnerContext
    ) async throws -> Caller? {
        let token = bearerToken(request)
        switch operation.access {
        case .open:
            try await count("open:\(tenant.name):\(context.clientAddress)", general, headers: context.pendingHeaders)
            return nil
        case .clientCredentials:
            try await count(
                "auth:\(tenant.name):\(context.clientAddress)", authentication, headers: context.pendingHeaders)
            return nil
        case .setupTokenOrBearer where token.map { $0.hasPrefix(SecretPrefix.setupToken.rawValue) } ?? true:
            try await count(
                "auth:\(tenant.name):\(context.clientAddress)", authentication, headers: context.pendingHeaders)
            return nil
        case .setupTokenOrBearer, .bearer:
            let caller = try await authenticate(token, tenant: tenant, context: context)
            context.subject.record(credential: caller.clientID)
            if caller.rotateAfter <= services.now() {
                context.pendingHeaders.set(.xCredentialRotateAfter, caller.rotateAfter.description)
            }
            try await count(1, of: caller, headers: context.pendingHeaders)
            guard operation.isAllowed(to: caller.scopes) else { throw APIError(.insufficientScope) }
            return caller
        }
    }

    /// Counts requests of a caller, all or none.
    /// - Throws: 429 if the limit would be exceeded.
    func count(_ requests: Int, of caller: Caller, headers: PendingResponseHeaders) async throws(APIError) {
        try await count("credential:\(caller.clientID)", general, requests: requests, headers: headers)
    }

    /// The caller that the token belongs to. Invalid tokens are counted by client address, which limits guessing.
    private func authenticate(_ token: String?, tenant: Tenant, context: PartnerContext) async throws -> Caller {
        do {
            guard let token, !token.isEmpty else { throw ServiceError.unauthenticated }
            return try await services.accounts.authenticate(accessToken: token, tenant: tenant)
        } catch ServiceError.unauthenticated {
            try await count("refused:\(tenant.name):\(context.clientAddress)", general, headers: nil)
            throw APIError(.unauthenticated)
        }
    }

    /// The bearer token of the request: an access token or a setup token.
    private func bearerToken(_ request: Request) -> String? {
        guard case .bearer(let token)? = AuthorizationHeader(request.headers) else { return nil }
        return token
    }

    /// A limit, with the header fields that are the same for all responses.
    private struct Policy {
        /// In `RateLimit-Policy` and `RateLimit` (IETF draft-ietf-httpapi-ratelimit-headers), in quotation marks.
        let name: String
        let limit: RateLimit
        let fields: [HTTPField]

        init(_ name: String, _ limit: RateLimit) {
            self.name = "\"\(name)\""
            self.limit = limit
            fields = [
                HTTPField(name: .xRateLimitLimit, value: String(limit.requests)),
                HTTPField(
                    name: .rateLimitPolicy,
                    value: "\"\(name)\";q=\(limit.requests);w=\(limit.window.wholeSecondsUp)"),
            ]
        }
    }

    /// Counts requests, and adds the state of the limit to the response's headers.
    /// - Throws: 429 if the limit is exceeded.
    private func count(
        _ key: String, _ policy: Policy, requests: Int = 1, headers: PendingResponseHeaders?
    ) async throws(APIError) {
        let verdict = await rateLimiter.admit(key, limit: policy.limit, count: requests)
        if let headers { setRateLimit(verdict, policy: policy, in: headers) }
        guard verdict.isAllowed else { throw APIError.rateLimited(verdict) }
    }

    private func setRateLimit(_ verdict: RateLimit.Verdict, policy: Policy, in headers: PendingResponseHeaders) {
        let (remaining, reset) = (String(verdict.remaining), verdict.resetsIn.wholeSecondsUp)
        let resetAt = services.now().wholeSecond(after: verdict.resetsIn)
        headers.set(
            policy.fields + [
                HTTPField(name: .xRateLimitRemaining, value: remaining),
                HTTPField(name: .xRateLimitReset, value: String(resetAt)),
                HTTPField(name: .rateLimit, value: "\(policy.name);r=\(remaining);t=\(reset)"),
            ])
    }
}

extension APIError {
    /// 429 with `Retry-After`, at least 1 second.
    package static func rateLimited(_ verdict: RateLimit.Verdict) -> APIError {
        let wait = max(1, verdict.retryAfter.wholeSecondsUp)
        return APIError(
            .rateLimited, message: "Too many requests. Retry in \(wait) seconds.",
            headers: [.retryAfter: String(wait)])
    }
}
