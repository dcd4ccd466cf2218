package import PharmacyDomain
internal import PharmacyStore

/// What partners can do in a sandbox that no real pharmacy lets them (contract, Sandbox), and its provisioning.
package struct SandboxControls: Sendable {
    private let environment: ServiceEnvironment
    private let accounts: Accounts
    private let wipeEvery: Duration
    private let setupTokens: SetupTokens
    private let announce: @Sendable (String) -> Void

    /// - Parameter announce: shows the setup token of `sandbox` to the operator.
    package init(
        environment: ServiceEnvironment, accounts: Accounts, wipeEvery: Duration,
        setupTokens: SetupTokens, announce: @escaping @Sendable (String) -> Void
    ) {
        self.environment = environment
        self.accounts = accounts
        self.wipeEvery = wipeEvery
        self.setupTokens = setupTokens
        self.announce = announce
    }

    /// The sandbox that always exists.
    package static let name = "sandbox"

    /// Makes the tenant `sandbox` where it is missing, and announces its setup token.
    package func provision() async throws {
        let now = environment.now
        let tenant = Tenant(
            id: environment.entropy.identifier(), name: SandboxControls.name, kind: .sandbox, status: .active,
            createdAt: now, resetsAt: now + wipeEvery)
        let dataKey = environment.entropy.bytes(SealingKey.length)
        let entropy = environment.entropy
        let secret = entropy.secret(.webhookSecret)
        let token = try await environment.store.systemWrite { scope in
            if try scope.tenant(named: tenant.name) == nil {
                try scope.createTenant(tenant, dataKey: dataKey, webhookSecret: secret)
                scope.audit(.tenantCreated, [tenant.id.description], tenant: tenant.id, at: now)
            }
            guard let kept = try scope.tenant(named: tenant.name) else { throw StoreError.noSuchTenant }
            return try setupTokens.issue(to: kept, in: scope.tenant(kept.id), at: now, entropy: entropy).token
        }
        announce(token)
    }

    /// Takes a sandbox order to a status, through those between.
    /// - Parameter body: `{"status"}`.
    package func advance(_ id: OrderID, body: JSON, tenant: Tenant) async throws -> Document {
        guard tenant.isSandbox else { throw ServiceError.notFound }
        var fields = FieldReader(body)
        let status = fields.parsed(
            "status", required: true, "status must be one of the order statuses.",
            parse: OrderStatus.init(rawValue:))
        guard let status else { throw ServiceError.invalid(fields.problems) }
        let now = environment.now
        let entropy = environment.entropy
        return try await environment.write(tenant) { scope in
            guard let kept = try scope.order(id) else { throw ServiceError.notFound }
            guard !kept.order.status.path(to: status).isEmpty else {
                throw ServiceError.statusNotReachable(from: kept.order.status, to: status)
            }
            let shipping = Order.Shipping.simulated(
                seed: id.seed, status: status == .delivered ? "Delivered" : "In Transit")
            let report = Order.Report(status, shipping: shipping)
            return Document(try scope.apply(report, to: kept, as: .sandboxAdvanced, at: now, entropy: entropy).document)
        }
    }

    /// Takes everything of a sandbox and issues a new setup token.
    package func wipe(_ tenant: Tenant) async throws { try await wipe(tenant, ifDue: false) }

    /// - Parameter ifDue: only where its time has come: another node may have wiped it meanwhile.
    private func wipe(_ tenant: Tenant, ifDue: Bool) async throws {
        guard tenant.isSandbox else { throw ServiceError.notFound }
        let now = environment.now
        let dataKey = environment.entropy.bytes(SealingKey.length)
        let entropy = environment.entropy
        let secret = entropy.secret(.webhookSecret)
        let resetsAt = now + wipeEvery
        let setupToken: String? = try await environment.write(tenant) { scope in
            if ifDue, let due = try scope.resetsAt(), due > now { return nil }
            try scope.wipe(dataKey: dataKey, webhookSecret: secret, resetsAt: resetsAt, at: now)
            scope.audit(.sandboxWiped, [tenant.id.description], at: now)
            return try setupTokens.issue(to: tenant, in: scope.renewed(), at: now, entropy: entropy).token
        }
        accounts.forgetVerifications()
        if tenant.name == SandboxControls.name, let setupToken { announce(setupToken) }
    }

    /// Wipes the sandboxes whose time has come.
    /// - Returns: when the next one's comes.
    package func wipeDue() async throws -> Timestamp? {
        let sandboxes = try await environment.store.systemRead { try $0.tenants() }.filter(\.isSandbox)
        let now = environment.now
        var next: Timestamp?
        var failure: (any Error)?
        let held = try await environment.quarantine.heldTenants()
        for tenant in sandboxes where !held.contains(tenant.id) {
            guard let resetsAt = tenant.resetsAt else { continue }
            if resetsAt <= now {
                do {
                    let key = QuarantinedItem.Key(.tenant, of: tenant.id)
                    try await environment.quarantine.isolating(key) { try await wipe(tenant, ifDue: true) }
                } catch ServiceError.notFound {
                    // It was deleted meanwhile.
                    continue
                } catch {
                    // The other sandboxes are wiped first.
                    failure = error
                    continue
                }
            }
            let coming = resetsAt <= now ? now + wipeEvery : resetsAt
            next = min(next ?? coming, coming)
        }
        if let failure { throw failure }
        return next
    }
}
