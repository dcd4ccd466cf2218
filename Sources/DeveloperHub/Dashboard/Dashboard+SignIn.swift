internal import HTTPTypes
internal import Hummingbird
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// The sign-in, with a credential or, on loopback, with the sandbox's setup token.
extension Dashboard {
    func signInPage(
        _ request: Request, _ frame: DashboardFrame, problem: String?, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let visitor = DashboardCookie.visitor.value(request) ?? Hexadecimal.text(Entropy.system.bytes(32))
        let setupToken = try await localSandbox(request)?.setupToken
        let page = DashboardPage(
            title: "Sign in", section: "", template: "dashboard-sign-in",
            context: [
                "csrf": CSRFToken.of(visitor), "hasProblem": problem != nil, "problem": problem ?? "",
                "hasSetupToken": setupToken != nil, "setupToken": ["value": setupToken ?? ""],
            ])
        var response = try frame.response(page, status: status)
        response.headers.append(HTTPField(name: .setCookie, value: DashboardCookie.visitor.setting(visitor)))
        return response
    }

    /// Whether the page may show the setup token of the sandbox: the server is on loopback and was called so. A name that an
    /// attacker has pointed to this machine is not a name of it.
    private func isLocal(_ request: Request) -> Bool {
        guard isServedOnLoopback, let authority = request.head.authority else { return false }
        let host =
            authority.hasPrefix("[")
            ? String(authority.prefix { $0 != "]" } + "]") : String(authority.prefix { $0 != ":" })
        return LoopbackHost.contains(host)
    }

    /// The built-in sandbox with its setup token, if a page may show the token.
    private func localSandbox(_ request: Request) async throws -> (tenant: Tenant, setupToken: String)? {
        guard isLocal(request), let tenant = try await services.accounts.tenant(named: Tenant.builtInSandboxName),
            let token = try await services.sandbox.setupToken(of: tenant)
        else { return nil }
        return (tenant, token)
    }

    /// The form of somebody who is not signed in, whose CSRF token is that of the visitor's cookie.
    private func visitorForm(_ request: Request) async throws -> [String: String] {
        let form = try await Dashboard.form(of: request)
        guard let visitor = DashboardCookie.visitor.value(request),
            CSRFToken.isValid(form[CSRFToken.field], for: visitor)
        else { throw DashboardError.staleForm }
        return form
    }

    func signIn(_ request: Request, _ context: PartnerContext, _ frame: DashboardFrame) async throws -> Response {
        try await limit("auth:dashboard:\(context.clientAddress)")
        let form = try await visitorForm(request)
        let refusal = "The client ID or the client secret is not valid."
        guard let client = form["client_id"]?.trimmed.lowercased(), let secret = form["client_secret"]?.trimmed,
            let id = ClientID(client), let tenant = try await services.sessions.tenant(of: id)
        else { return try await signInPage(request, frame, problem: refusal, status: .unauthorized) }
        // Shared with the token endpoints: guesses at one count at the other.
        let key = "login:\(tenant.id):\(id)"
        let verdict = await limits.rateLimiter.verdict(on: key, limit: limits.authentication)
        guard verdict.isAllowed else { throw APIError.rateLimited(verdict) }
        do {
            return try await signedIn(id, secret, tenant, context)
        } catch ServiceError.invalidClient {
            _ = await limits.rateLimiter.admit(key, limit: limits.authentication)
            return try await signInPage(request, frame, problem: refusal, status: .unauthorized)
        }
    }

    /// Creates a credential with the sandbox's setup token, and signs in with it.
    func enterSandbox(
        _ request: Request, _ context: PartnerContext, _ frame: DashboardFrame
    ) async throws -> Response {
        try await limit("auth:dashboard:\(context.clientAddress)")
        _ = try await visitorForm(request)
        guard let (tenant, token) = try await localSandbox(request) else { throw APIError(.notFound) }
        let credential = try await withAuditActor(as: nil, requestID: context.requestID) {
            try await services.accounts.createCredential(
                authority: .setupToken(token), tenant: tenant, idempotency: nil
            ) { CredentialDraft(name: "Dashboard") }.value
        }
        return try await signedIn(credential.id, credential.secret, tenant, context)
    }

    private func signedIn(
        _ client: ClientID, _ secret: String, _ tenant: Tenant, _ context: PartnerContext
    ) async throws -> Response {
        let (token, session) = try await withAuditActor(as: nil, requestID: context.requestID) {
            try await services.sessions.signIn(clientID: client, clientSecret: secret, tenant: tenant)
        }
        let value = SessionCookieValue(tenant: tenant.name, signedInAt: session.createdAt, token: token)
        var response = Response(
            status: .seeOther, headers: [.location: Dashboard.path, .cacheControl: "no-store"])
        for cookie in [DashboardCookie.session.setting(value.text), DashboardCookie.visitor.removal] {
            response.headers.append(HTTPField(name: .setCookie, value: cookie))
        }
        return response
    }

    private func limit(_ key: String) async throws {
        let verdict = await limits.rateLimiter.admit(key, limit: limits.authentication)
        guard verdict.isAllowed else { throw APIError.rateLimited(verdict) }
    }
}
