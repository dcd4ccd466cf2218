import Logging
import PharmacyDomain
import Synchronization

/// What a request concerned, for the logs. Inner middleware and handlers find it; the outer middleware that writes the
/// logs reads it here.
final class RequestSubject: Sendable {
    struct Known {
        var tenant: Tenant?
        var credential: ClientID?
        var code: APIErrorCode?
        var order: OrderID?
        var patient: PatientID?
    }

    private let state = Mutex(Known())

    var known: Known { state.withLock(\.self) }

    /// Records the tenant. Call it only for a tenant that exists.
    func record(tenant: Tenant) { state.withLock { $0.tenant = tenant } }

    /// Records the credential. Call it only after the caller is authenticated.
    func record(credential: ClientID) { state.withLock { $0.credential = credential } }

    /// Records the error that the response shows.
    func record(code: APIErrorCode) { state.withLock { $0.code = code } }

    /// Records the order that was placed, or that a resource in the path belongs to.
    func record(order: OrderID) { state.withLock { $0.order = order } }

    /// Records the patient that was created, or that an order is for.
    func record(patient: PatientID) { state.withLock { $0.patient = patient } }
}

extension RequestSubject.Known {
    /// Log metadata with the tenant's name and the credential's client id added, if they are known. Operator commands
    /// accept both values.
    func metadata(adding metadata: Logger.Metadata) -> Logger.Metadata {
        var result = metadata
        if let tenant { result["tenant"] = .string(tenant.name) }
        if let credential { result["client_id"] = .stringConvertible(credential) }
        return result
    }
}
