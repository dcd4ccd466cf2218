package import PharmacyDomain

/// The system of the pharmacies (Impetus, or a simulation): what the services ask of it.
package protocol PharmacySystem: Sendable {
    /// The pharmacies where a tenant's orders can be routed.
    func pharmacies(tenant: Tenant) async throws(PharmacySystemFailure) -> [Pharmacy]

    /// What a pharmacy offers now, with its prices now; `nil` for a pharmacy it does not know.
    func catalogue(of pharmacy: PharmacyID, tenant: Tenant) async throws(PharmacySystemFailure) -> Catalogue?

    /// Makes the patient known, or what has changed of them; may be repeated.
    func putPatient(_ patient: Patient, tenant: Tenant) async -> PharmacyAnswer

    /// Hands an order over. Its uuid makes a repetition the same prescription.
    func submit(_ order: Order, patient: Patient, tenant: Tenant) async -> PharmacyAnswer
}

/// The system does not answer.
package struct PharmacySystemFailure: Error, Hashable, Sendable {
    package init() {}
}

/// The system's answer to something it was told.
package enum PharmacyAnswer: Hashable, Sendable {
    case accepted
    /// - Parameter reason: the pharmacy's, without personal data.
    case refused(reason: String)
    /// It did not answer; may be tried again.
    case unavailable

    func sync(at now: Timestamp) -> PatientSync {
        switch self {
        case .accepted: .synced(at: now)
        case .refused(let reason): .failed(message: reason)
        case .unavailable: .failed(message: "The pharmacy system does not answer.")
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
    func pharmacies(tenant: Tenant) async throws(PharmacySystemFailure) -> [Pharmacy] {
        throw PharmacySystemFailure()
    }
    func catalogue(of pharmacy: PharmacyID, tenant: Tenant) async throws(PharmacySystemFailure) -> Catalogue? {
        throw PharmacySystemFailure()
    }
    func putPatient(_ patient: Patient, tenant: Tenant) async -> PharmacyAnswer { .unavailable }
    func submit(_ order: Order, patient: Patient, tenant: Tenant) async -> PharmacyAnswer { .unavailable }
}
