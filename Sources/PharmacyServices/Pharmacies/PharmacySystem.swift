package import PharmacyDomain
package import PharmacyStore

/// The system of the pharmacies (Impetus, or a simulation): what the services ask of it.
package protocol PharmacySystem: Sendable {
    /// The pharmacies where a tenant's orders can be routed.
    func pharmacies(tenant: Tenant) async throws(PharmacySystemFailure) -> [Pharmacy]

    /// What a pharmacy offers now, with its prices now; `nil` for a pharmacy it does not know.
    func catalogue(of pharmacy: PharmacyID, tenant: Tenant) async throws(PharmacySystemFailure) -> Catalogue?

    /// Makes the patient known, or what has changed of them; may be repeated.
    func putPatient(_ patient: Patient, tenant: Tenant) async -> PharmacyAnswer

    /// Hands an order over. Its uuid makes a repetition the same prescription.
    /// - Parameter fencingToken: grows with each claim on the order: once the system has seen it, it takes no submission
    ///   with a lower one, which comes from a worker that was stopped for longer than its claim.
    func submit(_ order: Order, patient: Patient, tenant: Tenant, fencingToken: Int) async -> PharmacyAnswer

    /// Stores what the system has to know of an order that it has accepted, in the transaction that records the acceptance.
    func recordAcceptance(of order: KeptOrder, in scope: TenantScope) throws

    /// Asks the pharmacy to leave an order be; may be repeated. One that has not reached it yet will be refused when it
    /// does.
    func cancel(_ order: OrderID, reason: String?, tenant: Tenant) async -> CancellationAnswer

    /// What has become of an order so far, oldest first; `nil` for one that the pharmacy does not have.
    func reports(on order: OrderID, tenant: Tenant) async throws(PharmacySystemFailure) -> [Order.Report]?
}

extension PharmacySystem {
    /// One outside this process has a store of its own.
    package func recordAcceptance(of order: KeptOrder, in scope: TenantScope) throws {}
}

/// The system does not answer, or not as it should.
package struct PharmacySystemFailure: Error, Hashable, Sendable {
    /// Named on orders that wait (`dispatch.last_error`).
    package enum Reason: String, CaseIterable, Sendable {
        /// No pharmacy system is configured.
        case notConfigured = "not_configured"
        /// Too many failures lately; it is not asked for a while.
        case circuitOpen = "circuit_open"
        /// The tenant has as many calls in flight as its share of the connections; this one was not made.
        case overloaded
        /// No connection could be made.
        case connectionFailed = "connection_failed"
        /// The connection was lost before a whole answer.
        case connectionLost = "connection_lost"
        case timedOut = "timed_out"
        /// The system refused our token.
        case unauthorized
        /// The system says that it is busy or broken (429 and 5xx).
        case serverError = "server_error"
        /// The answer is not what was agreed on.
        case invalidResponse = "invalid_response"
        /// Something of our own failed.
        case internalError = "internal_error"
    }

    package let reason: Reason
    /// What has led to it, for the operator's log; two failures for the same reason are the same failure.
    package let cause: String?

    package init(_ reason: Reason, cause: String? = nil) {
        self.reason = reason
        self.cause = cause
    }

    package static func == (one: PharmacySystemFailure, other: PharmacySystemFailure) -> Bool {
        one.reason == other.reason
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(reason) }

    /// The reason in words, with what to look at, for the operator's log.
    package var words: String {
        let said =
            switch reason {
            case .notConfigured: "no pharmacy system is configured (UP_IMPETUS_URL)"
            case .circuitOpen: "too many requests have failed lately"
            case .overloaded: "too many requests of one partner are waiting for it"
            case .connectionFailed: "no connection comes about: look at UP_IMPETUS_URL and whether the system runs"
            case .connectionLost: "the connection was lost before a whole response: look at the network"
            case .timedOut: "it does not respond in time: look at its load and the network"
            case .unauthorized: "it refuses the token: look at UP_IMPETUS_TOKEN"
            case .serverError: "it reports that it is busy or broken: look at its log"
            case .invalidResponse: "its response is not what was agreed on: look at Documentation/impetus.md"
            case .internalError: "something on this side failed"
            }
        return cause.map { "\(said) (\($0))" } ?? said
    }

    /// Whether what was asked may have taken effect all the same.
    package var mayHaveTakenEffect: Bool {
        switch reason {
        case .notConfigured, .circuitOpen, .overloaded, .connectionFailed, .unauthorized: false
        case .connectionLost, .timedOut, .serverError, .invalidResponse, .internalError: true
        }
    }
}

/// The system's answer to a wish to cancel.
package enum CancellationAnswer: Hashable, Sendable {
    case agreed
    /// The pharmacy has gone too far with it.
    case tooLate
    case unavailable(PharmacySystemFailure)
}

/// The system's answer to something it was told.
package enum PharmacyAnswer: Hashable, Sendable {
    case accepted
    /// - Parameter reason: the pharmacy's, without personal data.
    case refused(reason: String)
    /// It did not answer; may be tried again.
    case unavailable(PharmacySystemFailure)
    /// A later claim on the order has been there already: it is another worker's.
    case superseded

    func sync(at now: Timestamp) -> PatientSync {
        switch self {
        case .accepted: .synced(at: now)
        case .refused(let reason): .failed(message: reason)
        case .unavailable, .superseded: .failed(message: "The pharmacy system does not answer.")
        }
    }
}

/// Which system serves which tenant.
package struct PharmacySystems: Sendable {
    private let sandbox: any PharmacySystem
    private let live: (any PharmacySystem)?

    /// - Parameter live: `nil` when no pharmacy system is configured: live tenants are told that it does not answer.
    package init(sandbox: any PharmacySystem, live: (any PharmacySystem)?) {
        self.sandbox = sandbox
        self.live = live
    }

    func system(of tenant: Tenant) -> any PharmacySystem {
        tenant.isSandbox ? sandbox : live ?? UnconfiguredPharmacySystem()
    }
}

/// Stands where no pharmacy system is configured: it never answers, and says so.
private struct UnconfiguredPharmacySystem: PharmacySystem {
    private var failure: PharmacySystemFailure { PharmacySystemFailure(.notConfigured) }

    func pharmacies(tenant: Tenant) async throws(PharmacySystemFailure) -> [Pharmacy] { throw failure }
    func catalogue(of pharmacy: PharmacyID, tenant: Tenant) async throws(PharmacySystemFailure) -> Catalogue? {
        throw failure
    }
    func putPatient(_ patient: Patient, tenant: Tenant) async -> PharmacyAnswer { .unavailable(failure) }
    func submit(_ order: Order, patient: Patient, tenant: Tenant, fencingToken: Int) async -> PharmacyAnswer {
        .unavailable(failure)
    }
    func cancel(_ order: OrderID, reason: String?, tenant: Tenant) async -> CancellationAnswer {
        .unavailable(failure)
    }
    func reports(on order: OrderID, tenant: Tenant) async throws(PharmacySystemFailure) -> [Order.Report]? {
        throw failure
    }
}
