import HTTPTypes
import Hummingbird
import Logging
import Metrics
import PharmacyDomain
import PharmacyServices

/// Where the pharmacies' system reports what has become of orders: no path of a tenant's, and no part of the document
/// for partners. `Documentation/impetus.md` tells of it.
struct OrderReportRoute {
    static let path = "/impetus/v1/events"

    let reports: OrderReports
    let rateLimiter: RateLimiter
    /// Of the reports of one client address whose signature is wrong. Signed reports are not counted.
    let failureLimit: RateLimit

    /// Adds the route, where reports are taken at all.
    func add(to router: Router<PartnerContext>) {
        guard reports.isEnabled else { return }
        router.post(RouterPath(OrderReportRoute.path)) { request, context in
            try await limitingFailures(of: context) {
                // Without a signature there is nothing to wait for.
                guard let signature = request.headers[.impetusSignature] else { throw ServiceError.unauthenticated }
                let bytes = try await RequestContent.bytes(
                    of: request, limit: RequestContent.unauthenticatedSizeLimit)
                try await reports.take(bytes, signature: signature) {
                    try RequestContent.object($0, headers: request.headers)
                }
            }
            return Response(status: .noContent)
        }
    }

    /// Takes a report, unless too many of its client's address were not signed of late.
    /// - Throws: what `take` throws, or 429.
    private func limitingFailures(of context: PartnerContext, _ take: () async throws -> Void) async throws {
        let key = "report:\(context.clientAddress)"
        let verdict = await rateLimiter.verdict(on: key, limit: failureLimit)
        guard verdict.isAllowed else {
            OrderReportRoute.refusals("rate_limit").increment()
            throw APIError.rateLimited(verdict)
        }
        do {
            try await take()
        } catch ServiceError.unauthenticated {
            _ = await rateLimiter.admit(key, limit: failureLimit)
            OrderReportRoute.refusals("signature").increment()
            context.logger.warning("an order report without a valid signature was refused")
            try await withAuditActor(as: nil, requestID: context.requestID) { try await reports.recordRefusal() }
            throw ServiceError.unauthenticated
        } catch ServiceError.invalid(let problems) {
            OrderReportRoute.refusals("malformed").increment()
            context.logger.warning(
                "an order report that is not as agreed was refused",
                metadata: ["members": "\(problems.fields.map(\.name).joined(separator: " "))"])
            throw ServiceError.invalid(problems)
        }
    }

    /// Counts reports that were refused.
    private static func refusals(_ reason: String) -> Counter {
        Counter(label: "order_reports_refused_total", dimensions: [("reason", reason)])
    }
}
