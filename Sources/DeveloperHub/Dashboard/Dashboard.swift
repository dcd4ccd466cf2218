internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// The dashboard: pages in which a partner sees and does what the API offers, with a credential. Handlers call the same verbs as
/// the endpoints, as the credential, with its scopes.
struct Dashboard: Sendable {
    static let path = "/dashboard"

    let services: APIServices
    let limits: APILimits
    let settings: HubSettings
    /// Whether the server is reached only from this machine, so that its pages may show the sandbox's setup token.
    let isServedOnLoopback: Bool
    let site: @Sendable () throws -> HubSite

    /// The most bytes of a form.
    private static let formLimit = 32_768

    /// The routes for people who are signed in.
    private static let routes: [DashboardRoute] =
        [OverviewPage.route] + OrderPages.routes + WebhookPages.routes + WebhookToolPages.routes + RequestPages.routes
        + PatientPages.routes + PharmacyPages.routes + CredentialPages.routes + SessionPages.routes + AuditPages.routes
        + SandboxPages.routes + [LiveEvents.route]

    func respond(_ request: Request, _ context: PartnerContext) async throws -> Response {
        let segments = request.uri.path.split(separator: "/").dropFirst()
        let frame = DashboardFrame(site: try site(), request: request)
        do {
            switch (request.method, segments.first, segments.count) {
            case (.get, "sign-in", 1), (.head, "sign-in", 1):
                return try await signInPage(request, frame, problem: nil)
            case (.post, "sign-in", 1): return try await signIn(request, context, frame)
            case (.post, "sandbox", 1): return try await enterSandbox(request, context, frame)
            default: return try await respond(to: request, context, frame, Array(segments))
            }
        } catch {
            return try failure(error, request, context, frame)
        }
    }

    // MARK: Signed in

    private func respond(
        to request: Request, _ context: PartnerContext, _ frame: DashboardFrame, _ segments: [Substring]
    ) async throws -> Response {
        let cookie = DashboardCookie.session.value(request)
        let value = cookie.flatMap(SessionCookieValue.init)
        let isRefresh = LiveEvents.isRefresh(request)
        guard let cookie, let value,
            let signedIn = try await services.sessions.find(value.token, isUse: !isRefresh)
        else {
            // A script loads the page again, which then says why the session has ended.
            if isRefresh { throw APIError(.unauthenticated) }
            return try await signedOut(request, frame, ended: value)
        }
        // Pages that refresh themselves must not use up what a person may do.
        let bucket = isRefresh ? "dashboard-refresh" : "dashboard"
        let verdict = await limits.rateLimiter.admit("\(bucket):\(signedIn.caller.clientID)", limit: limits.general)
        guard verdict.isAllowed else { throw APIError.rateLimited(verdict) }
        let csrf = CSRFToken.of(cookie)
        let frame = frame.signedIn(signedIn, csrf: csrf)
        let method = request.method == .head ? .get : request.method
        let matches = Dashboard.routes.compactMap { route in
            route.parameters(of: segments).map { (route: route, parameters: $0) }
        }
        guard let (route, parameters) = matches.first(where: { $0.route.method == method }) else {
            throw APIError(matches.isEmpty ? .notFound : .methodNotAllowed)
        }
        let form = method == .post ? try await Dashboard.form(of: request) : [:]
        if method == .post, !CSRFToken.isValid(form[CSRFToken.field], for: cookie) { throw DashboardError.staleForm }
        let visit = DashboardVisit(
            services: services, limits: limits, settings: settings, base: frame.base, signedIn: signedIn,
            token: value.token, requestID: context.requestID,
            parameters: parameters, query: HubForm.values((request.uri.query ?? "").utf8), form: form, csrf: csrf,
            now: services.now(), logger: context.logger)
        guard visit.may(route.scope) else { throw APIError(.insufficientScope) }
        if let changes = route.refreshes, !isRefresh {
            services.streams.announce(context.requestID, showing: changes, to: signedIn)
        }
        do {
            return try await withAuditActor(as: signedIn.caller, requestID: context.requestID) {
                try await respond(
                    with: route.handler(visit),
                    frame.refreshed(by: route.refreshes.map { LiveEvents.url(page: context.requestID, showing: $0) }))
            }
        } catch {
            // The page says whose dashboard it is also if it fails.
            return try failure(error, request, context, frame)
        }
    }

    private func respond(with response: DashboardResponse, _ frame: DashboardFrame) throws -> Response {
        switch response {
        case .page(let page): return try frame.response(page)
        case .other(let response): return response
        case .redirect(let path):
            return Response(status: .seeOther, headers: [.location: path, .cacheControl: "no-store"])
        case .signedOut:
            return Response(
                status: .seeOther,
                headers: [
                    .location: "\(Dashboard.path)/sign-in", .cacheControl: "no-store",
                    .setCookie: DashboardCookie.session.removal,
                ])
        }
    }

    /// To the sign-in, with the reason why a session has ended.
    private func signedOut(
        _ request: Request, _ frame: DashboardFrame, ended: SessionCookieValue?
    ) async throws -> Response {
        guard let ended else {
            return Response(
                status: .seeOther, headers: [.location: "\(Dashboard.path)/sign-in", .cacheControl: "no-store"])
        }
        let problem = try await reason(ended)
        var response = try await signInPage(request, frame, problem: problem)
        response.headers.append(HTTPField(name: .setCookie, value: DashboardCookie.session.removal))
        return response
    }

    private func reason(_ ended: SessionCookieValue) async throws -> String {
        let now = services.now()
        if let tenant = try await services.accounts.tenant(named: ended.tenant),
            let wipedAt = services.sandbox.lastWipe(of: tenant), wipedAt > ended.signedInAt
        {
            return "You are signed out because the sandbox was wiped, with its credentials. Create new ones with the "
                + "current setup token."
        }
        if now >= ended.signedInAt + SessionPolicy.lifetime { return "You are signed out: a session lasts 12 hours." }
        return "You are signed out: the session was ended, was not used for an hour, or its credential was revoked."
    }

    // MARK: Forms and errors

    static func form(of request: Request) async throws -> [String: String] {
        let type = request.headers[.contentType]?.lowercased() ?? ""
        guard type.hasPrefix("application/x-www-form-urlencoded") else { throw APIError(.unsupportedMediaType) }
        return try await HubForm.fields(of: request, limit: formLimit)
    }

    /// A page that says what went wrong.
    private func failure(
        _ error: any Error, _ request: Request, _ context: PartnerContext, _ frame: DashboardFrame
    ) throws -> Response {
        if error is CancellationError || Task.isCancelled { throw error }
        let shown: APIError
        if let known = error as? APIError ?? APIError(known: error) {
            shown = known
        } else if error is DashboardError {
            shown = APIError(.badRequest, message: DashboardError.staleForm.message)
        } else {
            context.logger.error(
                "unexpected error; the visitor got internal_error", metadata: ["error": "\(FailureCause.words(error))"])
            shown = APIError(.internalError)
        }
        var response = try frame.response(
            DashboardPage(
                title: DashboardError.title(of: shown.code), section: "", template: "dashboard-error",
                context: [
                    "title": DashboardError.title(of: shown.code), "status": "\(shown.code.status.code)",
                    "isServer": shown.code.status.kind == .serverError,
                    "message": shown.message, "code": shown.code.rawValue, "requestID": context.requestID,
                    "canRetry": request.method == .get, "retry": request.uri.description,
                ]),
            status: shown.code.status)
        if let wait = shown.headers[.retryAfter] { response.headers[.retryAfter] = wait }
        return response
    }
}

/// Errors that only the dashboard has.
enum DashboardError: Error {
    /// The form's CSRF token is missing, or is that of another session.
    case staleForm

    var message: String {
        "The form has expired, or was not sent from this dashboard. Open the page again and repeat what you did."
    }

    /// The heading of an error's page.
    static func title(of code: APIErrorCode) -> String {
        switch code.status.code {
        case 401: "Please sign in"
        case 403: "Your credential may not do that"
        case 404: "Not found"
        case 405: "That cannot be done here"
        case 409, 422: "That was not possible"
        case 429: "Too many requests"
        case 500...: "Something went wrong on our side"
        default: "That did not work"
        }
    }
}
