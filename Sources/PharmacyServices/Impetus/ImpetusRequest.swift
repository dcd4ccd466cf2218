internal import NIOHTTP1
internal import PharmacyDomain

/// One request to the pharmacies' system.
struct ImpetusRequest: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case put = "PUT"
        case post = "POST"
    }

    let method: Method
    /// Relative to the base URL, without a leading slash. Contains identifiers, never personal data.
    let path: String
    let tenant: Tenant
    var body: JSON?
    /// Makes a repetition the same request.
    var idempotencyKey: String?
    /// The number of the claim. A system that has seen a higher one refuses the request.
    var fencingToken: Int?
}
