package import PharmacyDomain
internal import PharmacyStore

/// Applies the pharmacies' reports of orders, whether they are sent or queried.
package struct OrderReports: Sendable {
    private let environment: ServiceEnvironment
    private let systems: PharmacySystems
    private let policy: ReconciliationPolicy
    private let signature: CallbackSignature?

    /// - Parameter callbackSecret: signs reports that arrive over HTTP; `nil`: none is accepted.
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

    /// Whether reports over HTTP are accepted at all.
    package var isEnabled: Bool { signature != nil }

    /// Applies a report that arrived over HTTP. A report without news changes nothing (`Order.applying(_:at:newEventID:)`).
    /// - Parameters:
    ///   - bytes: the exact body. It is not parsed before its signature is verified.
    ///   - header: the value of the header `Impetus-Signature`.
    ///   - parse: reads the body.
    /// - Throws: `ServiceError.unauthenticated` for a signature that is wrong or too old; the errors of `parse`;
    ///   `ServiceError.invalid`; `ServiceError.notFound` for an unknown order.
    package func receive(
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
        // Sandbox orders are simulated here. No pharmacy may report on them.
        guard let tenant = tenants.first(where: { !$0.isSandbox }) else { throw ServiceError.notFound }
        try await ServiceEnvironment.translating { try await apply([report], of: tenant.id) { try $0.order(id) } }
    }

    /// Records in the audit log that a report was refused, with the id of its request.
    package func recordRefusal() async throws {
        let origin = AuditOrigin.current
        let event = AuditEvent(
            at: environment.now, tenant: nil, actor: origin.actor, action: .reportRefused, subjects: [],
            requestID: origin.requestID)
        try await ServiceEnvironment.translating { try await environment.auditBuffer.record(event) }
    }

    /// Queries the pharmacy about a claimed order. Where the claim was lost, the response changes nothing.
    func reconcile(_ claim: ClaimedReconciliation) async throws {
        let found = try await environment.store.systemRead { try $0.tenant(identified: claim.tenant) }
        guard let tenant = found else { return }
        // Reports on an order that cannot be read could not be recorded.
        _ = try await environment.store.read(tenant.id) { try $0.order(claim.order) }
        // A pharmacy that does not know the order has no reports. It is queried again later nevertheless.
        let reports = try await systems.system(of: tenant).reports(on: claim.order, tenant: tenant) ?? []
        try await apply(reports, of: tenant.id) { try $0.order(claimedBy: claim) }
    }

    private func apply(
        _ reports: [Order.Report], of tenant: TenantID,
        to find: @escaping @Sendable (TenantScope) throws -> OrderRecord?
    ) async throws {
        let policy = policy
        try await environment.store.write(tenant) { [environment] scope in
            guard let record = try find(scope) else { return }
            let now = environment.now
            let order = try scope.apply(
                reports, to: record, at: now, identifiers: environment.entropy.eventIdentifiers(at: now))
            guard record.dispatch == .accepted else { return }
            try scope.setReconciliation(record, at: policy.next(for: order, at: now))
        }
    }
}
