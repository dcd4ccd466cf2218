import Logging
import PharmacyDomain
import Synchronization

/// The tenant and the credential of a request, for its line in the log. Inner middleware finds them; the outer
/// middleware that writes the line reads them here. Operator commands accept both values.
final class RequestSubject: Sendable {
    private let state = Mutex((tenant: String?.none, credential: ClientID?.none))

    /// Records the tenant. Call it only for a tenant that exists.
    func record(tenant: String) { state.withLock { $0.tenant = tenant } }

    /// Records the credential. Call it only after the caller is authenticated.
    func record(credential: ClientID) { state.withLock { $0.credential = credential } }

    /// Log metadata with the tenant's name and the credential's client id added, if they are known.
    func metadata(adding metadata: Logger.Metadata) -> Logger.Metadata {
        let known = state.withLock(\.self)
        var result = metadata
        if let tenant = known.tenant { result["tenant"] = .string(tenant) }
        if let credential = known.credential { result["client_id"] = .stringConvertible(credential) }
        return result
    }
}
