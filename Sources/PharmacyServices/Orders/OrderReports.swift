package import PharmacyDomain
internal import PharmacyStore

/// What the pharmacies say of orders, whether they report it by themselves or are asked.
package struct OrderReports: Sendable {
    private let environment: ServiceEnvironment
    private let systems: PharmacySystems
    private let policy: ReconciliationPolicy
    private let signature: CallbackSignature?

    /// - Parameter callbackSecret: signs reports that come over HTTP; without it none is believed.
    package init(
        environment: ServiceEnvironment, systems: PharmacySystems,
        policy: ReconciliationPolicy = ReconciliationPolicy(),
        callbackSecret: String?
    ) {
        self.environment = environment
        self.systems = systems
        self.policy = policy
        signature = callbackSecret.map(CallbackSignature.init(secret:))
    }

    /// Whether reports that come over HTTP are taken at all.
    package var isEnabled: Bool { signature != nil }

    /// Takes a report that came over HTTP; one that says nothing new changes nothing (`Order.applying(_:at:)`).
    /// - Parameters:
    ///   - bytes: the exact body. Nothing is read in it before its signature has been verified.
    ///   - signature: the header `Impetus-Signature`.
    ///   - parse: reads the body.
    /// - Throws: `ServiceError.unauthenticated` for a signature that is wrong or too old, what `parse` throws,
    ///   `ServiceError.invalid`, `ServiceError.notFound` for an order that is not there.
    package func take(
        _ bytes: [UInt8], signature header: String?, parse: ([UInt8]) throws -> JSON
    ) async throws {
        guard let signature, let header, signature.isValid(header, body: bytes, at: environment.now) else {
            throw ServiceError.unauthenticated
        }
        let body = try parse(bytes)
        var fields = FieldReader(body)
        let id = fields.parsed(
            "prescription", required: true, "prescription must be the id it was submitted under.", parse: OrderID.init)
        let report = ImpetusReader.report(&fields)
        try mappingValidationErrors { () throws(ValidationErrors) in try fields.problems.throwIfAny() }
        guard let id, let report else { return }
        let tenants = try await ServiceEnvironment.translating {
            try await environment.store.systemRead { try $0.tenants(withOrder: id) }
        }
        // What becomes of a sandbox's order is simulated here, and nobody else's to tell.
        guard let tenant = tenants.first(where: { !$0.isSandbox }) else { throw ServiceError.notFound }
        try await ServiceEnvironment.translating { try await apply([report], of: tenant.id) { try $0.order(id) } }
    }

    /// Records in the audit log that a report was not believed, under the id of its request.
    package func recordRefusal() async throws {
        let origin = AuditOrigin.current
        let event = AuditEvent(
            at: environment.now, tenant: nil, actor: origin.actor, action: .reportRefused, subjects: [],
            requestID: origin.requestID)
        try await ServiceEnvironment.translating { try await environment.trail.record(event) }
    }

    /// Asks the pharmacy about an order that was claimed for it. What comes of a claim that was lost changes nothing.
    func reconcile(_ claim: ClaimedReconciliation) async throws {
        let found = try await environment.store.systemRead { try $0.tenant(identified: claim.tenant) }
        guard let tenant = found else { return }
        // What is said of an order that cannot be read could not be recorded.
        _ = try await environment.store.read(tenant.id) { try $0.order(claim.order) }
        // What a pharmacy does not know it cannot tell of; it is asked again later all the same.
        let reports = try await systems.system(of: tenant).reports(on: claim.order, tenant: tenant) ?? []
        try await apply(reports, of: tenant.id) { try $0.order(claimedBy: claim) }
    }

    private func apply(
        _ reports: [Order.Report], of tenant: TenantID,
        to find: @escaping @Sendable (TenantScope) throws -> OrderRecord?
    ) async throws {
        let policy = policy
        try await environment.store.write(tenant) { [environment] scope in
            guard let found = try find(scope) else { return }
            let (now, entropy) = (environment.now, environment.entropy)
            let kept = found.with(try scope.apply(reports, to: found, at: now, entropy: entropy))
            guard kept.order.dispatch.status == .accepted else { return }
            try scope.setReconciliation(kept, at: policy.next(for: kept.order, at: now))
        }
    }
}
