import HTTPTypes
import Hummingbird
package import PharmacyDomain
import PharmacyServices

/// Authenticates the caller, counts the request against its rate limit and checks the caller's scopes, before any other
/// work is done for the request.
struct AdmissionGate: Sendable {
    let dependencies: APIDependencies

    private var services: APIServices { dependencies.services }
    private var limits: APILimits { dependencies.limits }

    /// Authenticates and counts one request.
    /// - Returns: the caller; `nil` if the operation does not require an access token.
    /// - Throws: `APIError` with 401, 403 or 429; a `StoreError` if the token cannot be looked up.
    func admit(
        _ request: Request, to operation: Operation, tenant: Tenant, context: PartnerContext
    ) async throws -> Caller? {
        let token = bearerToken(request)
        switch operation.access {
        case .open:
            try await count("open:\(tenant.name):\(context.clientAddress)", .general, headers: context.pendingHeaders)
            return nil
        case .clientCredentials:
            try await count(
                "auth:\(tenant.name):\(context.clientAddress)", .authentication, headers: context.pendingHeaders)
            return nil
        case .setupTokenOrBearer where token.map { $0.hasPrefix(SecretPrefix.setupToken.rawValue) } ?? true:
            try await count(
                "auth:\(tenant.name):\(context.clientAddress)", .authentication, headers: context.pendingHeaders)
            return nil
        case .setupTokenOrBearer, .bearer:
            let caller = try await authenticate(token, tenant: tenant, context: context)
            context.subject.record(credential: caller.clientID)
            if caller.rotateAfter <= services.now() {
                context.pendingHeaders.set(.xCredentialRotateAfter, caller.rotateAfter.description)
            }
            try await count("credential:\(caller.clientID)", .general, headers: context.pendingHeaders)
            guard operation.isAllowed(to: caller.scopes) else { throw APIError(.insufficientScope) }
            return caller
        }
    }

    /// The caller that the token belongs to. Invalid tokens are counted by client address, which limits guessing.
    private func authenticate(_ token: String?, tenant: Tenant, context: PartnerContext) async throws -> Caller {
        do {
            guard let token, !token.isEmpty else { throw ServiceError.unauthenticated }
            return try await services.accounts.authenticate(accessToken: token, tenant: tenant)
        } catch ServiceError.unauthenticated {
            try await count("refused:\(tenant.name):\(context.clientAddress)", .general, headers: nil)
            throw APIError(.unauthenticated)
        }
    }

    /// The bearer token of the request: an access token or a setup token.
    private func bearerToken(_ request: Request) -> String? {
        guard case .bearer(let token)? = AuthorizationHeader(request.headers) else { return nil }
        return token
    }

    private enum Policy {
        /// Every request of a credential, and requests that need no token.
        case general
        /// Requests that authenticate with client credentials, a refresh token or a setup token.
        case authentication

        /// The name in `RateLimit-Policy` and `RateLimit` (IETF draft-ietf-httpapi-ratelimit-headers).
        var name: String {
            switch self {
            case .general: "default"
            case .authentication: "auth"
            }
        }
    }

    /// Counts one request, and adds the state of the limit to the response's headers.
    /// - Throws: 429 if the limit is exceeded.
    private func count(_ key: String, _ policy: Policy, headers: PendingResponseHeaders?) async throws(APIError) {
        let limit = policy == .general ? limits.general : limits.authentication
        let verdict = await limits.rateLimiter.admit(key, limit: limit)
        if let headers { setRateLimit(verdict, policy: policy, in: headers) }
        guard verdict.isAllowed else { throw APIError.rateLimited(verdict) }
    }

    private func setRateLimit(_ verdict: RateLimit.Verdict, policy: Policy, in headers: PendingResponseHeaders) {
        let reset = verdict.resetsIn.wholeSecondsUp
        let limit = verdict.limit
        headers.set([
            (.xRateLimitLimit, String(limit.requests)),
            (.xRateLimitRemaining, String(verdict.remaining)),
            (.xRateLimitReset, String(services.now().wholeSecond(after: verdict.resetsIn))),
            (.rateLimitPolicy, "\"\(policy.name)\";q=\(limit.requests);w=\(limit.window.wholeSecondsUp)"),
            (.rateLimit, "\"\(policy.name)\";r=\(verdict.remaining);t=\(reset)"),
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
