import HTTPTypes
import Hummingbird
import PharmacyDomain
import PharmacyServices

/// Lets requests in: tells who calls, then counts the request, before any work is done for it.
struct AdmissionGate: Sendable {
    /// The verbs and limits.
    let services: PartnerAPIRouter.Dependencies

    /// The caller; `nil` where the endpoint needs none.
    /// - Throws: 401, 403, 429, or the failure of the store.
    func admit(
        _ request: Request, to endpoint: Endpoint, tenant: Tenant, context: PartnerContext
    ) async throws -> Caller? {
        let token = bearerToken(request)
        switch endpoint.access {
        case .open:
            try await count("open:\(tenant.name):\(context.clientAddress)", .general, notes: context.notes)
            return nil
        case .clientCredentials:
            try await count("auth:\(tenant.name):\(context.clientAddress)", .authentication, notes: context.notes)
            return nil
        case .setupTokenOrBearer where token.map { $0.hasPrefix(SecretPrefix.setupToken.rawValue) } ?? true:
            try await count("auth:\(tenant.name):\(context.clientAddress)", .authentication, notes: context.notes)
            return nil
        case .setupTokenOrBearer, .bearer:
            let caller = try await authenticate(token, tenant: tenant, context: context)
            context.subject.note(credential: caller.clientID)
            if caller.rotateAfter <= services.now() {
                context.notes.set(.xCredentialRotateAfter, caller.rotateAfter.description)
            }
            try await count("credential:\(caller.clientID)", .general, notes: context.notes)
            guard endpoint.operation.isAllowed(to: caller.scopes) else { throw APIError(.insufficientScope) }
            return caller
        }
    }

    /// The caller whose token it is. Who sends wrong ones is counted by address, so that guessing is slow.
    private func authenticate(_ token: String?, tenant: Tenant, context: PartnerContext) async throws -> Caller {
        do {
            guard let token, !token.isEmpty else { throw ServiceError.unauthenticated }
            return try await services.accounts.authenticate(accessToken: token, tenant: tenant)
        } catch ServiceError.unauthenticated {
            try await count("refused:\(tenant.name):\(context.clientAddress)", .general, notes: nil)
            throw APIError(.unauthenticated)
        }
    }

    /// The token in the header, be it of either kind.
    private func bearerToken(_ request: Request) -> String? {
        guard case .bearer(let token)? = AuthorizationHeader(request.headers) else { return nil }
        return token
    }

    /// The two limits there are.
    private enum Policy {
        case general
        case authentication

        /// The name in the IETF draft's headers.
        var name: String {
            switch self {
            case .general: "default"
            case .authentication: "auth"
            }
        }
    }

    /// Counts one request and notes for the answer how much is left.
    private func count(_ key: String, _ policy: Policy, notes: PendingResponseHeaders?) async throws(APIError) {
        let limit = policy == .general ? services.rateLimit : services.authRateLimit
        let verdict = await services.rateLimiter.admit(key, limit: limit)
        if let notes { describe(verdict, policy: policy, in: notes) }
        guard verdict.isAllowed else { throw APIError.rateLimited(verdict) }
    }

    /// Notes for the answer what the limit is and how much is left.
    private func describe(_ verdict: RateLimit.Verdict, policy: Policy, in notes: PendingResponseHeaders) {
        let reset = verdict.resetsIn.wholeSecondsUp
        let limit = verdict.limit
        notes.set(.xRateLimitLimit, String(limit.requests))
        notes.set(.xRateLimitRemaining, String(verdict.remaining))
        notes.set(.xRateLimitReset, String(services.now().wholeSecond(after: verdict.resetsIn)))
        notes.set(
            .rateLimitPolicy, "\"\(policy.name)\";q=\(limit.requests);w=\(limit.window.wholeSecondsUp)")
        notes.set(.rateLimit, "\"\(policy.name)\";r=\(verdict.remaining);t=\(reset)")
    }
}

extension APIError {
    /// A 429 that tells when to come again.
    static func rateLimited(_ verdict: RateLimit.Verdict) -> APIError {
        let wait = max(1, verdict.retryAfter.wholeSecondsUp)
        return APIError(
            .rateLimited, message: "Too many requests: try again in \(wait) seconds.",
            headers: [.retryAfter: String(wait)])
    }
}
