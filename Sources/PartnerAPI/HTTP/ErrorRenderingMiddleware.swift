import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import PharmacyDomain
import PharmacyServices

/// Renders every thrown error as an API error, and adds the pending header fields to every response.
struct ErrorRenderingMiddleware: RouterMiddleware {
    /// The base URL of the pages that explain error codes, without a trailing slash.
    let publicURL: @Sendable () -> String

    func handle(
        _ request: Request, context: PartnerContext, next: (Request, PartnerContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            if RequestRefusal.isStandIn(request.head) { throw try await RequestRefusal.error(of: request) }
            response = try await next(request, context)
        } catch let error as RequestContent.Interruption {
            // The connection failed, so no response can be sent; the framework closes it.
            throw error.underlying
        } catch _ where Task.isCancelled {
            throw ClientDisconnected()
        } catch {
            response = render(error, request, context)
        }
        context.pendingHeaders.apply(to: &response)
        return response
    }

    private func render(_ error: any Error, _ request: Request, _ context: PartnerContext) -> Response {
        let shown: APIError
        if let known = APIError(known: error) {
            shown = known
        } else {
            context.logger.error(
                "unexpected error; the client got internal_error", metadata: ["error": "\(FailureCause.words(error))"])
            shown = APIError(.internalError)
        }
        context.subject.record(code: shown.code)
        let isOAuth =
            (context.endpoint(for: request.method) ?? context.route?.endpoints.first)?.operation.isOAuth ?? false
        let body = shown.body(requestID: context.requestID, publicURL: publicURL(), isOAuth: isOAuth).bytes
        var headers = shown.headers
        headers[.contentType] = PartnerResponse.contentType
        if shown.code.status == .unauthorized || shown.code == .insufficientScope {
            let scopes = context.endpoint(for: request.method)?.operation.scopes.first ?? [.write]
            headers[.wwwAuthenticate] = challenge(shown.code, AuthorizationHeader(request.headers), scopes: scopes)
        }
        if isOAuth { headers[.cacheControl] = "no-store" }
        return Response(
            status: shown.code.status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// The value of `WWW-Authenticate` for a 401 or 403 (RFC 6750 §3, RFC 6749 §5.2).
    private func challenge(
        _ code: APIErrorCode, _ authorization: AuthorizationHeader?, scopes: [CredentialScope]
    ) -> String {
        switch (code, authorization) {
        case (.invalidClient, .basic), (.invalidGrant, .basic): "Basic realm=\"United Pharmacy\", charset=\"UTF-8\""
        case (.insufficientScope, _):
            "Bearer error=\"insufficient_scope\", scope=\"\(scopes.map(\.rawValue).joined(separator: " "))\""
        case (.unauthenticated, .bearer): "Bearer error=\"invalid_token\""
        default: "Bearer"
        }
    }
}
