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
    /// Below the base URL, without a slash in front; holds identifiers, never personal data.
    let path: String
    let tenant: Tenant
    var body: JSON?
    /// Makes a repetition the same request.
    var idempotencyKey: String?
    /// The claim under which it is made: a system that has seen a higher one refuses it.
    var fencingToken: Int?
}
