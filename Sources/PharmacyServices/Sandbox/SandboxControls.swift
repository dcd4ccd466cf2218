package import PharmacyDomain
internal import PharmacyStore

/// What partners can do in a sandbox that no real pharmacy lets them (contract, Sandbox), and its provisioning.
package struct SandboxControls: Sendable {
    private let environment: ServiceEnvironment
    private let accounts: Accounts
    private let wipeEvery: Duration
    private let wipeAtOnce: Int
    private let setupTokens: SetupTokens
    private let announce: @Sendable (String) -> Void

    /// - Parameters:
    ///   - wipeAtOnce: a sandbox with more orders or patients is wiped in batches.
    ///   - announce: shows the setup token of `sandbox` to the operator.
    package init(
        environment: ServiceEnvironment, accounts: Accounts, wipeEvery: Duration,
        wipeAtOnce: Int = ServiceLimits.wipeAtOnce, setupTokens: SetupTokens,
        announce: @escaping @Sendable (String) -> Void
    ) {
        self.environment = environment
        self.accounts = accounts
        self.wipeEvery = wipeEvery
        self.wipeAtOnce = wipeAtOnce
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
        let token: String? = try await environment.store.systemWrite { scope in
            if try !scope.isTenantNameTaken(tenant.name) {
                try scope.createTenant(tenant, dataKey: dataKey, webhookSecret: secret)
                scope.audit(.tenantCreated, [tenant.id.description], tenant: tenant.id, at: now)
            }
            // One whose row was altered is absent, and has been reported. The other tenants are served all the same.
            guard let kept = try scope.tenant(named: tenant.name) else { return nil }
            // A wipe that was broken off is finished in the background, and announces the token that follows it.
            if try scope.unfinishedWipes().contains(kept.id) { return nil }
            return try setupTokens.issue(to: kept, in: scope.tenant(kept.id), at: now, entropy: entropy).token
        }
        if let token { announce(token) }
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
        let entropy = environment.entropy
        return try await environment.write(tenant) { scope in
            guard let kept = try scope.order(id) else { throw ServiceError.notFound }
            let now = environment.now
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
    package func wipe(_ tenant: Tenant) async throws {
        // In several transactions: one that is broken off would leave the sandbox hidden for a while.
        try await uncancelled { try await wipe(tenant, because: .requested) }
    }

    /// Why a sandbox is wiped: where the reason has gone meanwhile, another node has done it.
    private enum WipeReason {
        case requested
        /// Its time has come.
        case due
        /// An earlier wipe was broken off.
        case unfinished
    }

    private func wipe(_ tenant: Tenant, because reason: WipeReason) async throws {
        guard tenant.isSandbox else { throw ServiceError.notFound }
        let now = environment.now
        let dataKey = environment.entropy.bytes(SealingKey.length)
        let entropy = environment.entropy
        let secret = entropy.secret(.webhookSecret)
        let resetsAt = now + wipeEvery
        let ifDue = reason == .due
        let isHidden = try await clear(tenant, ifDue: ifDue, at: now) || reason == .unfinished
        let setupToken: String? = try await write(tenant) { system in
            // Another node may have done it meanwhile.
            if isHidden, try !system.unfinishedWipes().contains(tenant.id) { return nil }
            let scope = try system.tenantToWipe(tenant.id)
            if ifDue, let due = try scope.resetsAt(), due > now { return nil }
            try scope.wipe(dataKey: dataKey, webhookSecret: secret, resetsAt: resetsAt, at: now)
            scope.audit(.sandboxWiped, [tenant.id.description], at: now)
            return try setupTokens.issue(to: tenant, in: scope.renewed(), at: now, entropy: entropy).token
        }
        accounts.forgetVerifications()
        if tenant.name == SandboxControls.name, let setupToken { announce(setupToken) }
    }

    /// Removes the records of a sandbox with many of them, batch by batch, so that nobody else waits; it is hidden from here
    /// on until it has been wiped.
    /// - Returns: whether it was cleared so, by this node or another.
    private func clear(_ tenant: Tenant, ifDue: Bool, at now: Timestamp) async throws -> Bool {
        let most = wipeAtOnce
        let (isUnfinished, isLarge) = try await ServiceEnvironment.translating {
            try await environment.store.systemRead { scope in
                (
                    try scope.unfinishedWipes().contains(tenant.id),
                    try scope.hasMoreRecords(of: tenant.id, than: most)
                )
            }
        }
        guard isUnfinished || isLarge else { return false }
        // One that has been begun may have been finished since, and is not begun again.
        if !isUnfinished { try await write(tenant) { try $0.beginWipe(of: tenant.id, ifDue: ifDue, at: now) } }
        while try await write(tenant, { try $0.wipeSome(of: tenant.id, limit: ServiceLimits.erasureBatch) }) {
            try Task.checkCancellation()
        }
        return true
    }

    private func write<Value: Sendable>(
        _ tenant: Tenant, _ body: @escaping @Sendable (SystemScope) throws -> Value
    ) async throws -> Value {
        try await ServiceEnvironment.translating { try await environment.store.systemWrite(.tenant(tenant.id), body) }
    }

    /// Wipes the sandboxes whose time has come, and those whose wipe was broken off.
    /// - Returns: when the next one's comes.
    package func wipeDue() async throws -> Timestamp? {
        let (tenants, unfinished) = try await environment.store.systemRead {
            (try $0.tenants(), try $0.unfinishedWipes())
        }
        let sandboxes = tenants.filter(\.isSandbox)
        let now = environment.now
        var next: Timestamp?
        var failure: (any Error)?
        let held = try await environment.quarantine.heldTenants()
        for tenant in sandboxes where !held.contains(tenant.id) {
            guard let resetsAt = tenant.resetsAt else { continue }
            let isUnfinished = unfinished.contains(tenant.id)
            if resetsAt <= now || isUnfinished {
                do {
                    let key = QuarantinedItem.Key(.tenant, of: tenant.id)
                    try await environment.quarantine.isolating(key) {
                        try await wipe(tenant, because: isUnfinished ? .unfinished : .due)
                    }
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
