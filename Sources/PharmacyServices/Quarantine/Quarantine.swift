internal import Logging
internal import PharmacyDomain
internal import PharmacyStore
internal import Synchronization

/// Keeps items on which background work fails for their own sake from stopping that work: each is recorded, put off with
/// growing waits, and at last left to an operator, while the work goes on with the others.
///
/// Failures of the store itself are nobody's fault, and are thrown on. While nothing has failed it costs nothing: what is
/// recorded is remembered, and read again only while there is something.
package final class Quarantine: Sendable {
    private struct State {
        /// When each recorded item is tried next; `nil`: when an operator says so.
        var known: [QuarantinedItem.Key: Timestamp?] = [:]
        var loadedAt: Timestamp?
        /// Changes of this process: what was read from the store before one is out of date.
        var changes = 0
        /// Keys that sign access tokens and do not open; they belong to no tenant.
        var damagedSigningKeys = 0
    }

    private let store: Store
    private let time: any ServerClock
    private let failures: FailureLog
    private let logger: Logger
    private let state = Mutex(State())

    init(store: Store, time: any ServerClock, failures: FailureLog, logger: Logger) {
        self.store = store
        self.time = time
        self.failures = failures
        self.logger = logger
    }

    // MARK: Doing work

    /// Does work on one item. Where the item is at fault, it is recorded and put off; where it is not any more, the record
    /// goes.
    /// - Parameters:
    ///   - key: the item.
    ///   - claim: the due time under which it was claimed, where it was.
    /// - Returns: what the work returns; `nil` where it failed for the item's sake, or its tenant is gone.
    /// - Throws: every other failure.
    @discardableResult
    func isolating<Value: Sendable>(
        _ key: QuarantinedItem.Key, claim: Timestamp? = nil, _ work: () async throws -> Value
    ) async throws -> Value? {
        do {
            let value = try await work()
            await succeeded(key)
            return value
        } catch StoreError.noSuchTenant {
            return nil
        } catch {
            guard let reason = QuarantinedItem.Reason(error) else { throw error }
            if key.work == .tenant {
                // Where the tenant opens, it is not the tenant: nothing else of it may be passed over for this.
                guard try await recordTenant(key.tenant, reason) else { throw error }
            } else {
                try await record(ItemFailure(key, reason, claim: claim))
            }
            return nil
        }
    }

    /// The tenants of which nothing opens, and that are not to be tried yet.
    func heldTenants() async throws -> Set<TenantID> {
        Set(try await held().filter { $0.work == .tenant }.map(\.tenant))
    }

    /// Everything that is not to be tried yet.
    func held() async throws -> [QuarantinedItem.Key] {
        try await load()
        let now = time.now()
        return state.withLock { state in
            state.known.filter { $0.value.map { $0 > now } ?? true }.map(\.key)
        }
    }

    /// Reads again what is recorded, as an operator has changed it.
    func forget() {
        state.withLock { state in
            state.loadedAt = nil
            state.changes += 1
        }
    }

    // MARK: Recording

    /// Records a failure: the tenant's, where nothing of the tenant opens.
    func record(_ failure: ItemFailure) async throws {
        let tenant = failure.key.tenant
        let now = time.now()
        let isTenants = try await fails(tenant)
        let item = try await store.systemWrite(.tenant(tenant)) { scope in
            isTenants
                ? try scope.recordTenantFailure(failure, recheck: now + ServiceLimits.quarantineRecheck, at: now)
                : try scope.recordFailure(failure, at: now)
        }
        if let item { note(item) }
    }

    /// Records that a tenant's work failed, where it is because nothing of the tenant opens.
    /// - Returns: whether it is.
    func recordTenant(_ tenant: TenantID, _ reason: QuarantinedItem.Reason) async throws -> Bool {
        guard try await fails(tenant) else { return false }
        try await record(ItemFailure(QuarantinedItem.Key(.tenant, of: tenant), reason))
        return true
    }

    /// Remembers and reports items that were recorded, in a transaction that is over.
    func note(_ items: [QuarantinedItem]) {
        for item in items { note(item) }
    }

    private func note(_ item: QuarantinedItem) {
        let before = state.withLock { state in
            defer {
                state.known[item.key] = .some(item.nextTryAt)
                state.changes += 1
            }
            return state.known[item.key]
        }
        // Told at the beginning and when it is left to an operator, not at each try between; and once, although many items
        // of a tenant may fail together.
        if item.nextTryAt == nil {
            if before == .some(nil) { return }
            logger.error(
                "a record cannot be processed and waits for an operator (united-pharmacy quarantine)",
                metadata: Quarantine.metadata(item.key, item.reason))
        } else if item.tries == 1, before == nil {
            logger.warning(
                "a record cannot be processed and will be tried again",
                metadata: Quarantine.metadata(item.key, item.reason))
        }
    }

    private static func metadata(
        _ key: QuarantinedItem.Key, _ reason: QuarantinedItem.Reason?
    ) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["tenant": "\(key.tenant)", "work": "\(key.work.rawValue)"]
        if !key.item.isEmpty { metadata["item"] = "\(key.item)" }
        if let reason { metadata["reason"] = "\(reason.rawValue)" }
        return metadata
    }

    /// Forgets and reports an item whose record was removed with its success.
    func noteHealed(_ key: QuarantinedItem.Key) {
        state.withLock { state in
            state.known[key] = nil
            state.changes += 1
        }
        logger.notice("a record is processed again", metadata: Quarantine.metadata(key, nil))
    }

    /// Reports that keys that sign access tokens do not open, once, and that they do again. Tokens that they signed are
    /// refused; a successor signs new ones.
    func note(damagedSigningKeys count: Int) {
        let before = state.withLock { state in
            defer { state.damagedSigningKeys = count }
            return state.damagedSigningKeys
        }
        if count > before {
            logger.error("keys that sign access tokens do not open", metadata: ["count": .stringConvertible(count)])
        } else if count == 0, before > 0 {
            logger.notice("all keys that sign access tokens open again")
        }
    }

    /// Whether nothing of a tenant opens.
    private func fails(_ tenant: TenantID) async throws -> Bool {
        do {
            // A sandbox that is being wiped is closed, and opens all the same.
            try await store.systemRead { _ = try $0.tenantToWipe(tenant) }
            return false
        } catch {
            guard QuarantinedItem.Reason(error) != nil else { throw error }
            return true
        }
    }

    /// Forgets what was recorded of an item that is processed again, and of its tenant.
    func succeeded(_ key: QuarantinedItem.Key) async {
        let keys = [key, QuarantinedItem.Key(.tenant, of: key.tenant)]
        do {
            try await load()
            for key in Set(keys) where state.withLock({ $0.known.keys.contains(key) }) {
                let isCleared = try await store.systemWrite(.tenant(key.tenant)) { try $0.clearQuarantine(key) }
                if isCleared { noteHealed(key) } else { state.withLock { $0.known[key] = nil } }
            }
            failures.succeeded("clearing quarantine records")
        } catch {
            // The work is done; the record goes with the next success, or by its age.
            failures.failed("clearing quarantine records", error, level: .warning)
        }
    }

    /// Reads what is recorded: once, and again while there is anything, as other processes change it.
    private func load() async throws {
        let now = time.now()
        let changes: Int? = state.withLock { state in
            guard let loadedAt = state.loadedAt else { return state.changes }
            // A clock that was set back makes it stale, too.
            let isRecent = loadedAt <= now && now.since(loadedAt) < ServiceLimits.longestWait
            let isFresh = state.known.isEmpty || isRecent
            return isFresh ? nil : state.changes
        }
        guard let changes else { return }
        let items = try await store.systemRead { try $0.quarantinedItems(limit: ServiceLimits.quarantineRemembered) }
        state.withLock { state in
            guard state.changes == changes else { return }
            state.known = Dictionary(items.map { ($0.key, $0.nextTryAt) }, uniquingKeysWith: { $1 })
            state.loadedAt = now
        }
    }
}

/// What a read returns; `nil` where what is stored is unreadable. Other failures are the store's own and may pass.
func ifReadable<Value>(_ read: () throws -> Value?) throws -> Value? {
    do {
        return try read()
    } catch {
        guard QuarantinedItem.Reason(error) != nil else { throw error }
        return nil
    }
}
