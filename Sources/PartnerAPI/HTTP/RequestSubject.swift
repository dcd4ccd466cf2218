import Logging
import PharmacyDomain
import Synchronization

/// Whose request it is, for the line that the log gets of it: known only on the way in, by middleware that the line's own
/// does not see. Both are ids that an operator's commands take.
final class RequestSubject: Sendable {
    /// What is known so far.
    private let state = Mutex((tenant: String?.none, credential: ClientID?.none))

    /// Notes the tenant, once it is known to be there.
    func note(tenant: String) { state.withLock { $0.tenant = tenant } }

    /// Notes the credential, once the caller has proven to be its.
    func note(credential: ClientID) { state.withLock { $0.credential = credential } }

    /// What is logged of a request, with the tenant's name and the credential's client id where they are known.
    func details(with others: Logger.Metadata) -> Logger.Metadata {
        let known = state.withLock(\.self)
        var details = others
        if let tenant = known.tenant { details["tenant"] = .string(tenant) }
        if let credential = known.credential { details["client_id"] = .stringConvertible(credential) }
        return details
    }
}
