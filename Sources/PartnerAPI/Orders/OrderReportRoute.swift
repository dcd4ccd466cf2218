import HTTPTypes
import Hummingbird
import Logging
import Metrics
import PharmacyDomain
import PharmacyServices

/// The route on which the pharmacies' system (Impetus) reports the progress of orders, see `Documentation/impetus.md`.
/// It is outside the tenants' paths and not in the OpenAPI document, which is for partners.
struct OrderReportRoute {
    static let path = "/impetus/v1/events"

    let reports: OrderReports
    let rateLimiter: RateLimiter
    /// The limit of reports without a valid signature, for each client address. Signed reports are not counted.
    let failureLimit: RateLimit

    /// Adds the route if reports are enabled.
    func add(to router: Router<PartnerContext>) {
        guard reports.isEnabled else { return }
        router.post(RouterPath(OrderReportRoute.path)) { request, context in
            try await limitingFailures(of: context) {
                // Without a signature, the body need not be read.
                guard let signature = request.headers[.impetusSignature] else { throw ServiceError.unauthenticated }
                let bytes = try await RequestContent.bytes(
                    of: request, limit: RequestContent.unauthenticatedSizeLimit)
                try await reports.receive(bytes, signature: signature) {
                    try RequestContent.object($0, headers: request.headers)
                }
            }
            return Response(status: .noContent)
        }
    }

    /// Runs `receive`, unless too many recent reports of the client's address had no valid signature.
    /// - Throws: the error of `receive`, or 429.
    private func limitingFailures(of context: PartnerContext, _ receive: () async throws -> Void) async throws {
        let key = "report:\(context.clientAddress)"
        let verdict = await rateLimiter.verdict(on: key, limit: failureLimit)
        guard verdict.isAllowed else {
            OrderReportRoute.refusals("rate_limit").increment()
            throw APIError.rateLimited(verdict)
        }
        do {
            try await receive()
        } catch ServiceError.unauthenticated {
            _ = await rateLimiter.admit(key, limit: failureLimit)
            OrderReportRoute.refusals("signature").increment()
            context.logger.warning(
                "refused an order report without a valid signature; check UP_IMPETUS_CALLBACK_SECRET on both sides"
            )
            try await withAuditActor(as: nil, requestID: context.requestID) { try await reports.recordRefusal() }
            throw ServiceError.unauthenticated
        } catch ServiceError.invalid(let problems) {
            OrderReportRoute.refusals("malformed").increment()
            context.logger.warning(
                "refused a malformed order report; check the named members against Documentation/impetus.md",
                metadata: ["members": "\(problems.fields.map(\.name).joined(separator: " "))"])
            throw ServiceError.invalid(problems)
        }
    }

    private static func refusals(_ reason: String) -> Counter {
        Counter(label: "order_reports_refused_total", dimensions: [("reason", reason)])
    }
}
