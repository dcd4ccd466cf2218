import HTTPTypes
import Hummingbird
import PharmacyDomain
import PharmacyServices

/// The documents for OAuth 2.0 clients under `/.well-known` (RFC 8615): the metadata of each tenant's authorization
/// server, and the keys that verify access tokens. They need no token.
struct WellKnownRoutes {
    let accounts: Accounts
    let site: APISite

    private static let metadataSegments = RouteTable.segments(of: AuthorizationServerMetadata.path)

    /// How long the metadata may be cached. It changes with the program and with the public URL.
    private static let metadataLifetime = Duration.minutes(60)

    func add(to router: Router<PartnerContext>) {
        router.get(RouterPath(JSONWebKeySet.path)) { request, _ in
            let keys = JSONWebKeySet(keys: accounts.verificationKeys)
            return WellKnownRoutes.response(keys.json, for: SigningKeyPolicy.publicKeyLifetime, to: request)
        }
        router.get(RouterPath(AuthorizationServerMetadata.path)) { request, context in
            guard let name = WellKnownRoutes.tenant(context.segments).flatMap(PercentEncoding.decode(segment:)),
                let tenant = try await accounts.tenant(named: name)
            else { throw APIError(.tenantNotFound) }
            let metadata = AuthorizationServerMetadata(
                tenant: tenant, issuer: accounts.issuer(of: tenant), publicURL: site.publicURL())
            return WellKnownRoutes.response(metadata.json, for: WellKnownRoutes.metadataLifetime, to: request)
        }
    }

    /// The methods of a path whose tenant varies; `nil` for any other path.
    static func methods(_ path: [Substring]) -> [HTTPRequest.Method]? { tenant(path).map { _ in [.get, .head] } }

    /// The tenant's name in the path of its metadata, percent-encoded; `nil` for any other path.
    private static func tenant(_ path: [Substring]) -> Substring? {
        guard path.count == metadataSegments.count else { return nil }
        var name: Substring?
        for (segment, expected) in zip(path, metadataSegments) {
            if expected == "{tenant}" { name = segment } else if segment != expected { return nil }
        }
        return name
    }

    /// A document that caches may share and pages of any origin may read.
    private static func response(_ json: JSON, for lifetime: Duration, to request: Request) -> Response {
        PartnerResponse.members(json).with(.cacheControl, "public, max-age=\(lifetime.wholeSecondsUp)")
            .with(.accessControlAllowOrigin, "*").revalidated(by: request.headers).response
    }
}
