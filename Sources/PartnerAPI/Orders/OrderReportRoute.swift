import HTTPTypes
import Hummingbird
import PharmacyDomain
import PharmacyServices

/// Where the pharmacies' system reports what has become of orders: no path of a tenant's, and no part of the document
/// for partners. `Documentation/impetus.md` tells of it.
struct OrderReportRoute {
    static let path = "/impetus/v1/events"

    let reports: OrderReports

    /// Adds the route, where reports are taken at all.
    func add(to router: Router<PartnerContext>) {
        guard reports.areTaken else { return }
        router.post(RouterPath(OrderReportRoute.path)) { request, _ in
            let content = try await RequestContent.read(request, for: .json(.object([]), examples: []))
            try await reports.take(
                content.json, bytes: content.bytes, signature: request.headers[.impetusSignature])
            return Response(status: .noContent)
        }
    }
}
