package import PharmacyDomain
internal import PharmacyStore

/// What partners can do only in a sandbox (contract, Sandbox), and the provisioning of the built-in one.
package struct SandboxControls: Sendable {
    private let environment: ServiceEnvironment
    private let accounts: Accounts
    private let wipeEvery: Duration
    private let wipeTransactionLimit: Int
    private let setupTokens: SetupTokens
    private let announce: @Sendable (String) -> Void

    /// - Parameters:
    ///   - wipeTransactionLimit: a sandbox with more orders or patients is wiped in batches.
    ///   - announce: shows the setup token of the built-in sandbox to the operator.
    package init(
        environment: ServiceEnvironment, accounts: Accounts, wipeEvery: Duration,
        wipeTransactionLimit: Int = ServiceLimits.wipeTransactionLimit, setupTokens: SetupTokens,
        announce: @escaping @Sendable (String) -> Void
    ) {
        self.environment = environment
        self.accounts = accounts
        self.wipeEvery = wipeEvery
        self.wipeTransactionLimit = wipeTransactionLimit
        self.setupTokens = setupTokens
        self.announce = announce
    }

    /// Creates the built-in sandbox where it is missing, and announces its setup token.
    package func provision() async throws {
        let now = environment.now
        let tenant = Tenant(
            id: environment.entropy.identifier(), name: Tenant.builtInSandboxName, kind: .sandbox, status: .active,
            createdAt: now, resetsAt: now + wipeEvery)
        let dataKey = environment.entropy.bytes(SealingKey.length)
        let entropy = environment.entropy
        let secret = entropy.secret(.webhookSecret)
        let token: String? = try await environment.store.systemWrite { scope in
            if try !scope.isTenantNameTaken(tenant.name) {
                try scope.createTenant(tenant, dataKey: dataKey, webhookSecret: secret)
                scope.audit(.tenantCreated, [tenant.id.description], tenant: tenant.id, at: now)
            }
            // A tenant whose row was altered counts as absent, and was reported. The other tenants are served nevertheless.
            guard let stored = try scope.tenant(named: tenant.name) else { return nil }
            // An interrupted wipe is finished in the background, and announces a new token.
            if try scope.unfinishedWipes().contains(stored.id) { return nil }
            return try setupTokens.issue(to: stored, in: scope.tenant(stored.id), at: now, entropy: entropy).token
        }
        if let token { announce(token) }
    }

    /// When a sandbox was wiped last, or created; `nil` for a live tenant.
    package func lastWipe(of tenant: Tenant) -> Timestamp? { tenant.resetsAt.map { $0 - wipeEvery } }

    /// The current setup token of a sandbox.
    /// - Returns: `nil` for a live tenant, and while the sandbox is being wiped.
    package func setupToken(of tenant: Tenant) async throws -> String? {
        guard tenant.isSandbox else { return nil }
        do {
            return try await environment.read(tenant) { try setupTokens.sandboxToken(of: tenant, in: $0) }
        } catch ServiceError.notFound {
            return nil
        }
    }

    /// Advances a sandbox order to a status, through the statuses between.
    /// - Throws: `ServiceError.statusNotReachable`.
    package func advance(_ id: OrderID, to status: OrderStatus, tenant: Tenant) async throws -> Order {
        guard tenant.isSandbox else { throw ServiceError.notFound }
        return try await environment.write(tenant) { scope in
            guard let record = try scope.order(id) else { throw ServiceError.notFound }
            let now = environment.now
            guard !record.order.status.path(to: status).isEmpty else {
                throw ServiceError.statusNotReachable(from: record.order.status, to: status)
            }
            let shipping = Order.Shipping.simulated(
                seed: id.seed, status: status == .delivered ? "Delivered" : "In Transit")
            let report = Order.Report(status, shipping: shipping).simulated(of: record.order, at: now)
            return try scope.apply(
                report, to: record, as: .sandboxAdvanced, at: now,
                identifiers: environment.entropy.eventIdentifiers(at: now))
        }
    }

    /// Removes all records of a sandbox and issues a new setup token.
    package func wipe(_ tenant: Tenant) async throws {
        // A wipe takes several transactions. An interrupted one would leave the sandbox hidden for a while.
        try await uncancelled { try await wipe(tenant, because: .requested) }
    }

    /// Why a sandbox is wiped. Where the reason no longer holds, another node has wiped it.
    private enum WipeReason {
        case requested
        case due
        /// An earlier wipe was interrupted.
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
        try await clearRequestLog(of: tenant, ifDue: ifDue, at: now)
        let isHidden = try await clear(tenant, ifDue: ifDue, at: now) || reason == .unfinished
        let setupToken: String? = try await write(tenant) { system in
            // Another node may have wiped it meanwhile.
            if isHidden, try !system.unfinishedWipes().contains(tenant.id) { return nil }
            let scope = try system.tenantToWipe(tenant.id)
            if ifDue, let due = try scope.resetsAt(), due > now { return nil }
            try scope.wipe(dataKey: dataKey, webhookSecret: secret, resetsAt: resetsAt, at: now)
            scope.audit(.sandboxWiped, [tenant.id.description], at: now)
            return try setupTokens.issue(to: tenant, in: scope.renewed(), at: now, entropy: entropy).token
        }
        accounts.forgetVerifications()
        if tenant.name == Tenant.builtInSandboxName, let setupToken { announce(setupToken) }
    }

    /// Removes the sandbox's request log batch by batch: it may be long, and nothing depends on its being whole.
    private func clearRequestLog(of tenant: Tenant, ifDue: Bool, at now: Timestamp) async throws {
        var removed = 0
        repeat {
            try Task.checkCancellation()
            removed = try await write(tenant) { system in
                let scope = try system.tenantToWipe(tenant.id)
                // Another node may have wiped it meanwhile.
                if ifDue, let due = try scope.resetsAt(), due > now { return 0 }
                return try scope.removeRequestBlocks(limit: ServiceLimits.erasureBatch)
            }
        } while removed >= ServiceLimits.erasureBatch
    }

    /// Removes the records of a large sandbox batch by batch, so that other writes need not wait. Hides the sandbox until it has
    /// been wiped.
    /// - Returns: whether the sandbox was cleared in batches, by this node or another.
    private func clear(_ tenant: Tenant, ifDue: Bool, at now: Timestamp) async throws -> Bool {
        let most = wipeTransactionLimit
        let (isUnfinished, isLarge) = try await ServiceEnvironment.translating {
            try await environment.store.systemRead { scope in
                (
                    try scope.unfinishedWipes().contains(tenant.id),
                    try scope.hasMoreRecords(of: tenant.id, than: most)
                )
            }
        }
        guard isUnfinished || isLarge else { return false }
        // A wipe that was begun may be finished by now, and is not begun again.
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

    /// Wipes the sandboxes that are due, and those whose wipe was interrupted.
    /// - Returns: when the next one is due.
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
                    // The tenant was deleted meanwhile.
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
